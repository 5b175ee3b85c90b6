#!/usr/bin/env bash
# sabotage.sh RUNNER DIR: of the cases in DIR those called wrong/QUANTITY, and no others, are reported, each with the
# quantity that its name says; a group that is no list of cases and an empty selection are errors.
set -euo pipefail
runner=$1
directory=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { echo "$1"; cat "$work/log"; exit 1; }
status=0
"$runner" "$directory" >"$work/log" 2>&1 || status=$?
[ "$status" -eq 1 ] || say "expected exit 1, got $status"

names=$(grep -o '"name": *"[^"]*"' "$directory"/*.json | sed 's/.*"\([^"]*\)"$/\1/')
wrong=$(grep '^wrong/' <<<"$names" | sort)
reported=$(sed '$d' "$work/log" | cut -d' ' -f1 | sort -u)
[ -n "$wrong" ] && [ "$reported" = "$wrong" ] || say "expected to see exactly: $wrong"
for name in $wrong; do
  quantity=${name#wrong/}
  grep -F "$name " "$work/log" | grep -qF "${quantity%%:*}" || say "expected '${quantity%%:*}' to be wrong in $name"
done
good=$(grep -cv '^wrong/' <<<"$names")
last="$good passed, $(wc -l <<<"$wrong") failed"
[ "$(tail -n 1 "$work/log")" = "$last" ] || say "expected the last line '$last'"
[ "$(grep -c ' passed, .* failed$' "$work/log")" -eq 1 ] || say "expected one summary"

refused() {  # refused MESSAGE ARGUMENT…
  local message=$1 status=0
  shift
  "$runner" "$@" >"$work/log" 2>&1 || status=$?
  [ "$status" -ne 0 ] && [ "$status" -ne 1 ] && grep -qF -- "$message" "$work/log" || say "expected '$message' for: $*"
}
refused 'has no group of cases' "$directory" --group absent
refused 'no case was selected' "$directory" --op absent
refused 'is no directory' "$work/absent"
echo '{"not": "a list"}' >"$work/group.json"
refused 'is no list of cases' "$work"
echo '[]' >"$work/group.json"
refused 'group.safetensors: cannot be opened' "$work"
echo "$last, as expected"
