#!/usr/bin/env bash
# tested_errors.sh ROOT: every public function stands in a table of tests/errors, or in tests/errors/cannot_fail, which
# has names below a line "# reason". A member stands there when a member of that name is called.
set -euo pipefail
checks=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$checks/public_functions.sh" . >"$work/public"
cat tests/errors/*.[ch]pp | sed -E 's://.*$::; s/"([^"\\]|\\.)*"/""/g; s/frost:://g' >"$work/tables"
listed=tests/errors/cannot_fail
{ grep -v '^\(#\|$\)' "$listed" || true; } | LC_ALL=C sort >"$work/listed"

bad=0
say() { echo "$1"; bad=1; }
while read -r name; do say "$listed: '$name' is no public function"; done < <(LC_ALL=C comm -13 "$work/public" "$work/listed")
while read -r name; do say "$listed: '$name' stands twice"; done < <(uniq -d "$work/listed")
! awk '/^$/ { next } /^#/ { reason = NF > 1; next } !reason { bad = 1 } END { exit bad }' "$listed" && say "$listed: a name has no reason"

# What is called in the tables: free and made, members, operators.
sed -E 's/<[^<>]*>//g' "$work/tables" |
  { grep -oE '(\.|->|::)?[A-Za-z_][A-Za-z0-9_]*( [a-z_]+)?[({]' || true; } |
  sed -E 's/( [a-z_]+)?[({]$//; s/^(->|::)/./' | LC_ALL=C sort -u >"$work/called"
while read -r name; do
  case $name in
    *'operator()') sign=')(' ;;
    *'operator[]') sign='[' ;;
    *'operator!') sign='!' ;;
    *'operator~') sign='(~' ;;
    *'::operator '[A-Z]*) sign="static_cast<${name##*operator }>(" ;;
    Iterator::operator*) sign='*Batches::Iterator' ;;
    *operator[!\ a-z]*) sign=" ${name##*operator} " ;;
    LayerBase::*) sign= call=${name##*::} ;;  # by a class that derives from it
    *::*) sign= call=.${name##*::} ;;
    *) sign= call=$name ;;
  esac
  if [ -n "$sign" ]; then
    grep -qF -- "$sign" "$work/tables" && continue
  else
    grep -qxF -- "$call" "$work/called" && continue
    [[ $name == LayerBase::* ]] && grep -qxF -- ".$call" "$work/called" && continue
  fi
  say "$name: no table of tests/errors has it, and $listed neither"
done < <(LC_ALL=C comm -23 "$work/public" "$work/listed")
echo "$(wc -l <"$work/public") public functions, $(wc -l <"$work/listed") of them cannot fail"
exit $bad
