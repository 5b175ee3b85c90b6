#!/usr/bin/env bash
# public_headers.sh ROOT: public headers include the standard library and <frost/…> only, and use no namespace.
# The opt-in frost/autograd/xtensor.hpp may include xtensor as well, frost/autograd/catch.hpp Catch2.
set -euo pipefail
root=$1
mapfile -t headers < <(find "$root"/include/frost "$root"/*/include/frost -name '*.hpp' 2>/dev/null)
[ ${#headers[@]} -gt 0 ] || { echo "no public header below $root"; exit 1; }

bad=0
for header in "${headers[@]}"; do
  allowed='<(frost/[a-z0-9_/]+\.hpp|[a-z0-9_]+)>'
  [[ $header != */frost/autograd/xtensor.hpp ]] || allowed='<(frost/[a-z0-9_/]+\.hpp|xtensor/[a-z0-9_]+\.hpp|[a-z0-9_]+)>'
  [[ $header != */frost/autograd/catch.hpp ]] || allowed='<(frost/[a-z0-9_/]+\.hpp|catch2/[a-z0-9_/]+\.hpp|[a-z0-9_]+)>'
  if grep -nE '^[[:space:]]*#[[:space:]]*include' "$header" | grep -vE "include[[:space:]]*$allowed"; then
    echo "  in $header: a public header includes standard headers and <frost/…> only"
    bad=1
  fi
  if grep -nE '^[[:space:]]*using[[:space:]]+namespace' "$header"; then
    echo "  in $header: a public header uses no namespace"
    bad=1
  fi
done
echo "${#headers[@]} public headers read"
exit $bad
