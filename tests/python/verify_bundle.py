#!/usr/bin/env python3
"""verify_bundle.py BUNDLE TRUST [--document FILE]: verifies a bundle offline, with code of its own.

Exit codes: 0 verified; 1 the file is not the one certified; 2 usage; 3 cannot tell; 5 proven absent;
8 authentic, and not in force; 9 broken or forged.
"""

import argparse
import pathlib
import sys

from yinxin import light


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=pathlib.Path)
    parser.add_argument("trust", type=pathlib.Path)
    parser.add_argument("--document", type=pathlib.Path)
    arguments = parser.parse_args()
    try:
        bundle, trust = arguments.bundle.read_bytes(), arguments.trust.read_bytes()
        document = arguments.document.read_bytes() if arguments.document else None
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return light.USAGE
    if not light.begins_as_bundle(bundle):
        sys.stderr.write(f"{arguments.bundle} is not a bundle\n")
        return light.USAGE
    code, lines = light.verdict(bundle, trust, document)
    sys.stdout.write("\n".join(lines) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
