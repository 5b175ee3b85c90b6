#!/usr/bin/env bash
# reference.sh ROOT DOXYGEN: the generated reference has every function of frost/autograd/ops/*.hpp, none without text.
set -euo pipefail
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
settings='INPUT = autograd/include/frost/autograd/ops'
cat docs/reference/Doxyfile - <<<"$settings" | FROST_REFERENCE=$work "$2" - >"$work/log" 2>&1 ||
  { cat "$work/log"; exit 1; }
grep -ohE '^FROST_API [A-Za-z]+ ([a-z_0-9]+)\(' autograd/include/frost/autograd/ops/*.hpp | sed 's/.* //; s/($//' |
  sort -u >"$work/declared"
# name and length of the description of each function that a header of operations declares
awk '
  /<memberdef kind="function"/ { inside = 1; name = ""; words = 0; here = 0; text = 0 }
  inside && /<name>/ { name = $0; gsub(/.*<name>|<\/name>.*/, "", name) }
  inside && /<(brief|detailed)description>/ { text = 1 }
  inside && text { words += gsub(/[^ <>]+/, "&") }
  inside && /<\/(brief|detailed)description>/ { text = 0; words -= 2 }
  inside && /<location file="[^"]*autograd\/ops\// { here = 1 }
  /<\/memberdef>/ { if (here) print name, words; inside = 0 }' "$work"/xml/*.xml | sort -u >"$work/listed"
missing=$(comm -23 "$work/declared" <(cut -d' ' -f1 "$work/listed" | sort -u))
[ -z "$missing" ] || { echo "not in the reference: $missing"; exit 1; }
page=$work/html/namespacefrost.html
for name in $(cat "$work/declared"); do
  grep -qF "frost::$name " "$page" || { echo "not on the page of the namespace: $name"; exit 1; }
done
bare=$(awk 'NR == FNR { declared[$1]; next } $2 < 4 && $1 in declared { print $1 }' "$work/declared" "$work/listed")
[ -z "$bare" ] || { echo "without text in the reference: $bare"; exit 1; }
echo "$(wc -l <"$work/declared") functions in the reference"
