#!/usr/bin/env bash
# extract.sh PAGE: the page's ```cpp blocks as one program, on stdout.
#
# The blocks of a section (## and what is below it) are one function, run in the page's order. Includes, `using namespace`,
# classes and functions go to the top of the file; a block with `int main()` is a program of its own. A ```text block right
# after a ```cpp block is what that one prints, where … stands for any text within a line. In a table whose last column is
# headed "Frost" each piece of code in that column is a statement, run where the table stands, in a scope of its own.
set -euo pipefail
page=$1

awk -v page="$(realpath "$page")" '
  function at(n) { return "#line " n " \"" page "\"\n" }
  function end_section() { sections = sections "}\n"; in_section = 0 }
  function add(code) {
    if (!in_section) {
      sections = sections "static void section_" ++count "() {\n"
      calls = calls "    section_" count "();\n"
      in_section = 1
    }
    sections = sections code
  }
  function end_cpp(   i, is_program, is_definition, code) {
    for (i = 1; i <= size; i++) is_program = is_program || line[i] ~ /^int main\(/
    if (is_program) {
      for (i = 1; i <= size; i++) {
        sub(/^int main\(/, "static void program_" start "(", line[i])
        code = code line[i] "\n"
      }
      top = top at(start + 1) code
      add("page::begin();\nprogram_" start "();\n")
      return
    }
    add("page::begin();\n")
    for (i = 1; i <= size; i++) {
      if (line[i] ~ /^(struct|class|template)|^[A-Za-z].*\) \{$/ && line[i] !~ /^(for|if|while|const auto|auto) /)
        is_definition = 1
      code = at(start + i) line[i] "\n"
      if (is_definition || line[i] ~ /^(#include|using namespace)/) top = top code
      else add(code)
      if (line[i] ~ /^}/) is_definition = 0
    }
  }
  function end_text(   i, text) {
    for (i = 1; i <= size; i++) text = text line[i] "\n"
    add("page::expect(" start ", R\"text(" text ")text\");\n")
  }
  function end_row(   cells, n, pieces, i) {
    gsub(/\\\|/, "\001")
    n = split($0, cells, "|")
    if (cells[n - 1] ~ /^ *Frost *$/) { in_table = 1; return }
    if (!in_table || cells[n - 1] !~ /`/) return
    n = split(cells[n - 1], pieces, "`")
    add("page::begin();\n")
    for (i = 2; i <= n; i += 2) {
      gsub("\001", "|", pieces[i])
      add(at(NR) "{ " pieces[i] "; }\n")
    }
  }
  kind == "" && /^\|/ { end_row(); next }
  kind == "" { in_table = 0 }
  /^```/ {
    if (kind == "") {
      kind = substr($0, 4)
      if (kind == "") kind = "plain"
      start = NR
      size = 0
    } else {
      if (kind == "cpp") end_cpp()
      if (kind == "text" && after == "cpp") end_text()
      after = kind
      kind = ""
    }
    next
  }
  kind != "" { line[++size] = $0; next }
  /^##? / && in_section { end_section() }
  /[^ ]/ { after = "" }
  END {
    if (kind != "") { print page ": a block is not closed" > "/dev/stderr"; exit 1 }
    if (in_section) end_section()
    print "#include \"page.hpp\""
    printf "%s%s", top, sections
    print "int main() {\n  return page::run([] {\n" calls "  });\n}"
  }
' "$page"
