#!/usr/bin/env bash
# documented_operations.sh ROOT: every function that frost/autograd/ops/*.hpp declares stands below a /// comment, its own
# or that of the overloads above it in the same paragraph, with a formula of the result (y = …) and one of a gradient
# (dx = …), or the words that there is no gradient.
set -euo pipefail
mapfile -t headers < <(find "$1/autograd/include/frost/autograd/ops" -name '*.hpp' 2>/dev/null | sort)
[ ${#headers[@]} -gt 0 ] || { echo "no header of operations below $1"; exit 1; }
LC_ALL=C.UTF-8 awk '
  function say(what) { print FILENAME ":" FNR ": " name ": " what; bad = 1 }
  FNR == 1 { comment = "" }
  /^ *\/\/\// { comment = above_is_comment ? comment " " $0 : $0; above_is_comment = 1; next }
  { above_is_comment = 0 }
  /^$/ { comment = ""; next }
  /^FROST_API [A-Za-z]/ {
    match($0, /(operator[^ (]+|[a-z_0-9]+)\(/)
    name = substr($0, RSTART, RLENGTH - 1)
    functions++
    if (comment == "") say("has no /// comment")
    else if (comment !~ / = /) say("its comment has no formula")
    else if (comment !~ /d[a-z_0-9]+ = |[Nn]o gradient/) say("its comment says nothing of a gradient")
  }
  END { print functions + 0 " functions read"; exit bad || !functions }' "${headers[@]}"
