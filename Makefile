# The two commands of the README are `make demo` and `make test`.
.PHONY: demo test test-long planted build format install

demo: ## Four departments, one certificate, one court: the whole story (FILE=your.pdf)
	@scripts/demo.sh "$(FILE)"

test: ## All that CI runs
	@scripts/test.sh

test-long: ## The same tests with the big counts (TESTS='test(mutants)' chooses some)
	@scripts/test.sh --long "$(TESTS)"

planted: ## Puts known bugs into a copy of the sources; each must be caught by its test
	@scripts/planted.sh all

build: ## The two programs
	@scripts/install.sh
	@scripts/build.sh

format: ## Formats the sources
	@cargo fmt --all

install: ## What building needs
	@scripts/install.sh
