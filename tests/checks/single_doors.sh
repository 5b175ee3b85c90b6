#!/usr/bin/env bash
# single_doors.sh ROOT: xtensor is included by autograd/src/xt.hpp and frost/autograd/xtensor.hpp alone, Catch2 by
# tests/support and frost/autograd/catch.hpp alone.
set -euo pipefail
cd "$1"
bad=0
door() {  # door WHAT PATTERN ALLOWED-FILES-REGEX
  local found
  found=$(find . -name build -prune -o -name .git -prune -o -type f \( -name '*.cpp' -o -name '*.hpp' \) -print |
    xargs -r grep -nE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($2)" /dev/null | grep -vE "^\./($3):" || true)
  if [ -n "$found" ]; then
    echo "$1 is included outside its door:"
    echo "$found"
    bad=1
  fi
}
door xtensor 'xtensor|xtl/|xflens' 'autograd/src/xt\.hpp|autograd/include/frost/autograd/xtensor\.hpp'
door Catch2 'catch2/' 'tests/support/[a-z_]+\.[ch]pp|autograd/include/frost/autograd/catch\.hpp'
exit $bad
