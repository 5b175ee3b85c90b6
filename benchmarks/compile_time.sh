#!/bin/bash
# Row J: CPU seconds of compiling one file that includes everything, beside one that includes all of libtorch.
#
#   benchmarks/compile_time.sh [TIMES]
#
# Compiles each TIMES (5) times with $CXX (g++) -O2 -c, in turn, and prints the smallest figures. Extra include flags
# for libtorch, where it is not in /usr/include, come in TORCH_FLAGS.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
times=${1:-5}
cxx=${CXX:-g++}
export CCACHE_DISABLE=1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cat >"$scratch/frost.cpp" <<'CPP'
#include <frost/frost.hpp>
using namespace frost;

int main() {
  Symbol input = Input({32, 32});
  Symbol layer1 = LSTM({.units = 32, .return_sequences = true})(input);
  Symbol layer2 = LSTM({.units = 32, .return_sequences = true})(layer1);
  Symbol x = Flatten()(layer2);
  Symbol dense1 = Dense({.units = 10, .name = "dense1"})(x);
  Symbol probs = Activation("softmax")(dense1);
  Symbol output = Reshape({10})(probs);
  Model model(input, output);
  model.compile(
      {.optimizer = Adam({.learning_rate = 1e-3}), .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
  model.summary();
}
CPP
cat >"$scratch/torch.cpp" <<'CPP'
#include <torch/torch.h>

int main() {
  torch::nn::LSTM layer1(torch::nn::LSTMOptions(32, 32).batch_first(true));
  torch::nn::LSTM layer2(torch::nn::LSTMOptions(32, 32).batch_first(true));
  torch::nn::Linear dense1(32 * 32, 10);
  torch::optim::Adam optimizer(dense1->parameters(), torch::optim::AdamOptions(1e-3));
}
CPP

torch_flags=${TORCH_FLAGS:--I/usr/include/torch/csrc/api/include}
frost_flags="-I$root/include"
for module in "$root"/*/include; do frost_flags+=" -I$module"; done

# compile PEER: the CPU seconds.
compile() {
  local flags=$1_flags
  local TIMEFORMAT='%U %S'
  { time "$cxx" -std=c++20 -O2 -c ${!flags} "$scratch/$1.cpp" -o "$scratch/$1.o" 2>"$scratch/errors" ||
    { cat "$scratch/errors" >&2; exit 1; }; } 2>&1 | awk 'NF == 2 {print $1 + $2; found = 1; next} {print > "/dev/stderr"} END {exit !found}'
}

peers=frost
if "$cxx" -std=c++20 -E $torch_flags -include torch/torch.h -x c++ /dev/null >"$scratch/probe" 2>&1; then
  peers="frost torch"
fi
for ((i = 0; i < times; ++i)); do
  for peer in $peers; do compile $peer >>"$scratch/$peer"; done
done
for peer in $peers; do sort -n "$scratch/$peer" | head -1 >"$scratch/least.$peer"; done
printf 'frost %.2f s' "$(<"$scratch/least.frost")"
if [[ $peers == *torch* ]]; then
  awk -v frost="$(<"$scratch/least.frost")" '{printf ", libtorch %.2f s, 1/%.1f; budget 1/10", $1, $1 / frost}' \
    "$scratch/least.torch"
fi
printf ' (CPU seconds, least of %d, %s -O2 -c)\n' "$times" "$("$cxx" --version | head -1)"
