#!/usr/bin/env bash
# public_functions.sh ROOT: the functions that the public headers offer, one a line: a free one's NAME, a member's
# CLASS::NAME, a constructor's CLASS. Left out: what is in a namespace `detail`, private, defaulted or deleted.
set -euo pipefail
mapfile -t headers < <(find "$1"/include/frost "$1"/*/include/frost -name '*.hpp' 2>/dev/null | sort)
[ ${#headers[@]} -gt 0 ] || { echo "no public header below $1" >&2; exit 1; }
for header in "${headers[@]}"; do
  sed -E 's://.*$::; /^ *#/d; s/"([^"\\]|\\.)*"/""/g; s/'"'[^']*'"'/0/g' "$header" | tr '\n' ' '
  echo
done | awk '
  # The name in front of the first parenthesis that is in no template argument; empty for what is no function.
  function name_of(text,   i, c, angle, at) {
    if (match(text, /operator *(\(\)|\[\]|[^ (A-Za-z][^ (]*|[A-Za-z][A-Za-z0-9_:]*)/)) {
      c = substr(text, RSTART, RLENGTH)
      sub(/operator +/, "operator", c)
      if (c ~ /^operator[A-Za-z]/) sub(/operator/, "operator ", c)
      return c
    }
    angle = 0
    for (i = 1; i <= length(text); i++) {
      c = substr(text, i, 1)
      if (c == "<") angle++
      else if (c == ">" && substr(text, i - 1, 1) != "-") angle--
      else if (c == "=" && angle == 0) return ""
      else if (c == "(" && angle == 0) {
        at = substr(text, 1, i - 1)
        sub(/ +$/, "", at)
        return match(at, /~?[A-Za-z_][A-Za-z0-9_]*$/) ? substr(at, RSTART) : ""
      }
    }
    return ""
  }
  # Without the clause requires(…), whose parentheses are those of no function.
  function without_clause(text,   at, i, depth, c) {
    at = match(text, /requires *\(/)
    if (!at) return text
    depth = 0
    for (i = at; i <= length(text); i++) {
      c = substr(text, i, 1)
      if (c == "(") depth++
      if (c == ")" && --depth == 0) break
    }
    return substr(text, 1, at - 1) substr(text, i + 1)
  }
  function read(text,   name) {
    while (match(text, /^ *(public|protected|private) *:/)) {
      access[scope] = substr(text, RSTART, RLENGTH)
      gsub(/[ :]/, "", access[scope])
      text = substr(text, RSTART + RLENGTH)
    }
    if (kind[scope] == "body" || hidden[scope] || access[scope] == "private") return text
    if (text ~ /= *(delete|default) *$/ || text ~ /^ *(using|typedef|static_assert|extern|enum)/) return text
    name = name_of(without_clause(text))
    if (name == "" || name ~ /^~/ || name ~ /^operator=$/) return text
    print kind[scope] == "class" && name != owner[scope] && text !~ /^ *friend / ? owner[scope] "::" name : name
    return text
  }
  function without_template(text,   i, c, angle) {
    while (match(text, /^ *template *</)) {
      angle = 0
      for (i = RLENGTH; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == "<") angle++
        if (c == ">" && --angle == 0) break
      }
      text = substr(text, i + 1)
    }
    return text
  }
  function open(text) {
    text = without_template(read(text))
    scope++
    hidden[scope] = hidden[scope - 1]
    access[scope] = "public"
    owner[scope] = ""
    if (text ~ /^ *(inline )? *namespace/) {
      kind[scope] = "namespace"
      if (text ~ /detail/) hidden[scope] = 1
    } else if (text !~ /\(/ && match(text, /(class|struct) +(FROST_API +)?[A-Za-z_][A-Za-z0-9_]*/)) {
      kind[scope] = "class"
      if (access[scope - 1] == "private") hidden[scope] = 1
      if (substr(text, RSTART, 5) == "class") access[scope] = "private"
      owner[scope] = substr(text, RSTART, RLENGTH)
      sub(/.* /, "", owner[scope])
      if (text ~ /enum/) kind[scope] = "body"
    } else kind[scope] = "body"
  }
  BEGIN { kind[0] = "namespace"; access[0] = "public" }
  {
    scope = 0; round = 0; text = ""
    for (p = 1; p <= length($0); p++) {
      c = substr($0, p, 1)
      if (c == "(") round++
      if (c == ")") round--
      if (round > 0 || (c != "{" && c != "}" && c != ";")) { text = text c; continue }
      if (c == "{") open(text)
      else if (c == "}") { if (scope > 0) scope-- }
      else read(text)
      text = ""
    }
  }' | sed 's/ *$//' | LC_ALL=C sort -u
