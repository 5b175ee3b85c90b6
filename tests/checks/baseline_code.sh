#!/usr/bin/env bash
# baseline_code.sh OBJECT…: no VEX or EVEX instruction (mnemonic v…, mask registers, ymm, zmm) outside the vector units.
set -euo pipefail
[ $# -gt 0 ] || { echo "no object given"; exit 1; }
found=$(objdump --disassemble --no-show-raw-insn "$@" | awk -F'\t' '
  /file format/ { file = $0 }
  NF >= 2 && ($2 ~ /^(v[a-z0-9]+|k(mov|and|or|xor|xnor|not|test|ortest|add|shift|unpck)[a-z]*)( |$)/ || $2 ~ /%[yz]mm/) &&
      $2 !~ /^ver[rw]( |$)/ { if (count++ < 10) print file ": " $2 }')
if [ -n "$found" ]; then
  echo "instructions beyond the baseline:"
  echo "$found"
  exit 1
fi
echo "$# objects read"
