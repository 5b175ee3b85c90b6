#!/usr/bin/env bash
# documented_layers.sh ROOT: every class of layers in the public headers has a row in docs/layers.md, and its options stand
# there in the order in which they are declared.
set -euo pipefail
page=$1/docs/layers.md
mapfile -t headers < <(find "$1/layers/include/frost/layers" -name '*.hpp' 2>/dev/null | sort)
[ ${#headers[@]} -gt 0 ] || { echo "no header of layers below $1"; exit 1; }
LC_ALL=C.UTF-8 awk '
  FILENAME ~ /\.hpp$/ {
    if (match($0, /^struct [A-Za-z0-9]+Options \{/)) options = substr($0, 8, RLENGTH - 9)
    else if (/^\};/) options = class = ""
    else if (options != "" && match($0, /^  [^ \/].* [a-z_0-9]+ = /)) {
      field = substr($0, RSTART, RLENGTH - 3)
      sub(/.* /, "", field)
      fields[options] = fields[options] (fields[options] == "" ? "" : ", ") field
    }
    if (match($0, /^class FROST_API [A-Za-z0-9]+/)) class = substr($0, 17, RLENGTH - 16)
    if (class != "" && $0 ~ "explicit " class "\\(" && match($0, /const [A-Za-z0-9]+Options&/))
      made[class] = substr($0, RSTART + 6, RLENGTH - 7)
    next
  }
  /^\| / {
    split($0, cell, / *\| */)
    count = split(cell[2], names, "`")
    for (i = 2; i <= count; i += 2) {
      name = names[i]
      if (sub(/\(.*/, "", name)) has_row[name] = 1
      else listed[name] = cell[3]
    }
  }
  END {
    for (class in made) {
      classes++
      if (!has_row[class]) { print "docs/layers.md: no row for " class; bad = 1 }
      if (listed[class] != fields[made[class]]) {
        print "docs/layers.md: the options of " class " are " fields[made[class]] "; the page has " listed[class]
        bad = 1
      }
    }
    print classes + 0 " layers read"
    exit bad || !classes
  }' "${headers[@]}" "$page"
