#!/usr/bin/env bash
# linked_tests.sh ROOT: where a page of docs/ links a test, [its name](../tests/FILE.cpp), the file has a test case of that
# name; [tests/FILE.cpp](../tests/FILE.cpp) links the file.
set -euo pipefail
cd "$1/docs"
bad=0 links=0
while IFS= read -r found; do
  page=${found%%:*} link=${found#*:}
  name=${link#\[} file=${link##*\](}
  name=${name%%\](*} file=${file%)}
  links=$((links + 1))
  [[ $name == *.cpp && -f $file ]] && continue
  grep -qF -- "TEST_CASE(\"$name\"" "$file" 2>/dev/null && continue
  echo "docs/$page: there is no test \"$name\" in ${file#../}"
  bad=1
done < <(grep -oE '\[[^][]+\]\(\.\./tests/[^)]+\.cpp\)' -- *.md /dev/null)
if [ "$links" -eq 0 ]; then
  echo "no page links a test"
  bad=1
fi
exit $bad
