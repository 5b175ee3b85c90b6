#!/usr/bin/env bash
# ambiguous_names.sh CXX ROOT: of the names of public free functions and types, those that a program cannot
# write unqualified beside `using namespace std` are the ones listed here. Each has a member or an alias that it can write.
set -euo pipefail
cxx=$1 root=$2
checks=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
expected='any logical_and logical_not logical_or slice stack std'

"$checks/public_functions.sh" "$root" | grep -vE '::|^operator|^$' >"$work/names"
{
  echo '#include <bits/stdc++.h>'
  echo '#include <frost/frost.hpp>'
  echo 'using namespace std;'
  echo 'using namespace frost;'
  # Outside a call nothing but the look-up is tried; what else is wrong with such a statement is of no interest.
  while read -r name; do echo "void look_up_${name}() { ${name}; }"; done <"$work/names"
} >"$work/names.cpp"
includes=("$root"/include "$root"/*/include)
all_errors=-fmax-errors=0
if "$cxx" --version | grep clang >/dev/null; then all_errors=-ferror-limit=0; fi
"$cxx" -std=c++20 -fsyntax-only -w $all_errors "${includes[@]/#/-I}" "$work/names.cpp" 2>"$work/log" || true
if grep -q 'fatal error' "$work/log"; then grep -m 3 'fatal error' "$work/log"; exit 1; fi
found=$(grep -oE "reference to [‘'][a-z_A-Z0-9]+[’'] is ambiguous" "$work/log" | sed -E "s/reference to [‘'](.*)[’'] is.*/\1/" |
  LC_ALL=C sort -u | tr '\n' ' ' | sed 's/ $//')
echo "$(wc -l <"$work/names") names looked up; ambiguous: $found"
[ "$found" = "$expected" ] || { echo "expected: $expected"; exit 1; }
