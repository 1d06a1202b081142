# The two commands of the README are `make demo` and `make test`.
.PHONY: demo test test-long build format install

demo: ## Four departments, one certificate, one court: the whole story (FILE=your.pdf)
	@scripts/demo.sh "$(FILE)"

test: ## All that CI runs
	@scripts/test.sh

test-long: ## The same tests with the big counts
	@scripts/test.sh --long

build: ## The two programs
	@scripts/install.sh
	@scripts/build.sh

format: ## Formats the sources
	@cargo fmt --all

install: ## What building needs
	@scripts/install.sh
