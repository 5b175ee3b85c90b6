#!/usr/bin/env bash
# mentioned_functions.sh ROOT: the code of README.md or docs/*.md (but for design.md, which is not for users) has the
# name of every public function, and of one that takes each public struct of options. Names that users never write stand
# in tests/checks/never_written, which has them below a line "# reason".
set -euo pipefail
checks=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$checks/public_functions.sh" . | sed 's/.*:://' | { grep -v '^operator' || true; } | LC_ALL=C sort -u >"$work/functions"
listed=tests/checks/never_written
{ grep -v '^\(#\|$\)' "$listed" || true; } | LC_ALL=C sort >"$work/listed"

# The words between backticks, and in blocks of C++ what is called and the names of types.
find README.md docs -maxdepth 1 -name '*.md' ! -name design.md -exec cat {} + | awk '
  function names(text, pattern) {
    while (match(text, pattern)) {
      name = substr(text, RSTART, RLENGTH)
      sub(/[(<{]$/, "", name)
      print name
      text = substr(text, RSTART + RLENGTH)
    }
  }
  /^```/ { kind = kind == "" ? substr($0, 4) "code" : ""; next }
  kind == "cppcode" {
    gsub(/"([^"\\]|\\.)*"/, "\"\"")
    sub(/\/\/.*/, "")
    names($0, "[a-z_][A-Za-z0-9_]*[(<{]|[A-Z][A-Za-z0-9_]*")
  }
  kind == "" { n = split($0, pieces, "`"); for (i = 2; i <= n; i += 2) names(pieces[i], "[A-Za-z_][A-Za-z0-9_]*") }' |
  LC_ALL=C sort -u >"$work/written"
[ -s "$work/written" ] || { echo "no code in README.md and docs/*.md below $1"; exit 1; }

bad=0
say() { echo "$1"; bad=1; }
LC_ALL=C comm -23 "$work/functions" "$work/written" >"$work/missing"
while read -r name; do say "$name: no page mentions it, and $listed has it neither"; done < <(LC_ALL=C comm -23 "$work/missing" "$work/listed")
while read -r name; do say "$listed: '$name' is no public function"; done < <(LC_ALL=C comm -13 "$work/functions" "$work/listed")
while read -r name; do say "$listed: a page mentions '$name'"; done < <(LC_ALL=C comm -12 "$work/written" "$work/listed")
while read -r name; do say "$listed: '$name' stands twice"; done < <(uniq -d "$work/listed")
! awk '/^$/ { next } /^#/ { reason = NF > 1; next } !reason { bad = 1 } END { exit bad }' "$listed" && say "$listed: a name has no reason"

# "OPTIONS NAME": NAME takes OPTIONS, by its declaration or by its name, as Adam those of AdamOptions.
{ find include/frost */include/frost -name '*.hpp' -exec sed -E 's://.*$::; s/= \{\}//g' {} + 2>/dev/null || true; } |
  tr '\n' ' ' >"$work/headers"
{ grep -oE 'struct (FROST_API )?[A-Za-z0-9]+Options \{' "$work/headers" || true; } |
  sed -E 's/.* ([A-Za-z0-9]+)Options \{/\1Options \1/' | LC_ALL=C sort -u >"$work/options"
{ grep -oE '[A-Za-z_][A-Za-z0-9_]*\([^;{}]*[ (][A-Za-z0-9]+Options& [^;{}]*' "$work/headers" || true; } |
  sed -E 's/^([A-Za-z0-9_]+)\(.*[ (]([A-Za-z0-9]+Options)& .*/\2 \1/' | cat - "$work/options" >"$work/takers"
while read -r options; do
  awk -v options="$options" '$1 == options { print $2 }' "$work/takers" | LC_ALL=C sort -u >"$work/owners"
  [ -n "$(LC_ALL=C comm -12 "$work/owners" "$work/written")" ] || say "$options: no page mentions what takes them"
done < <(cut -d' ' -f1 "$work/options")
echo "$(wc -l <"$work/functions") names of functions, $(wc -l <"$work/listed") of them are never written"
exit $bad
