#!/usr/bin/env bash
# simd_symbols.sh ARCH OBJECT…: every weak symbol (nm: W, V, u) that a vector unit defines carries its architecture in its
# mangled name. The linker keeps one copy of a weak symbol: one without the tag could put AVX code on the baseline path.
# DW.ref.* are pointers to the exception handler, data that is the same everywhere.
set -euo pipefail
arch=$1
shift
[ $# -gt 0 ] || { echo "no object given"; exit 1; }
found=$(nm --defined-only --print-file-name "$@" | awk -v arch="$arch" '$(NF-1) ~ /^[WVu]$/ && $NF !~ /^DW\.ref\./ && index($NF, arch) == 0')
if [ -n "$found" ]; then
  echo "weak symbols without '$arch' in their names:"
  c++filt <<<"$found" | head -n 20
  exit 1
fi
echo "$# objects of $arch read"
