#!/usr/bin/env bash
# misspelt.sh CXX ROOT: what the compiler says of options that are misspelt, and of what is no layer, in g++ and,
# where it is installed, in clang++; and that none of the spellings that are right has a warning.
set -euo pipefail
compilers=("$1")
other=clang++
if "$1" --version | grep clang >/dev/null; then other=g++; fi
if command -v "$other" >/dev/null; then compilers+=("$other"); else echo "$other is not installed: not asked"; fi
includes=(-I"$2/include" -I"$2"/{autograd,layers,optim,data,models,io}/include)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

flags=(-std=c++20 -Wall -Wextra -Wpedantic -Wmissing-field-initializers -Wno-unused-parameter -Wno-unused-variable
  -Wno-unused-value -Werror -fdiagnostics-color=never "${includes[@]}")
for cxx in "${compilers[@]}"; do  # the header is read once
  mkdir -p "$work/$(basename "$cxx")"
  all=$work/$(basename "$cxx")/all.hpp
  printf '#include <frost/frost.hpp>\ntemplate <class... T> void take(const T&...) {}\n' >"$all"
  "$cxx" "${flags[@]}" -x c++-header "$all" -o "$all.gch"
done

compile() {  # compile CXX CODE: a program with that code in its 2nd line
  printf 'using namespace frost;\nvoid f(Symbol x, Tensor t, std::size_t n) { %s; }\n' "$2" >"$work/user.cpp"
  "$1" "${flags[@]}" -include "$work/$(basename "$1")/all.hpp" -fsyntax-only "$work/user.cpp" >"$work/log" 2>&1
}
passes() {
  for cxx in "${compilers[@]}"; do compile "$cxx" "$1" || { echo "$cxx should take: $1"; head -20 "$work/log"; exit 1; }; done
}
fails() {  # fails LINE WORD: the first error stands at the line and has the word
  for cxx in "${compilers[@]}"; do
    if compile "$cxx" "$1"; then echo "$cxx should refuse: $1"; exit 1; fi
    first=$(grep -m1 -E '(error|Fehler):' "$work/log")
    if [[ $first != *user.cpp:2:* || $first != *"$2"* ]]; then
      echo "$cxx: the first error of '$1' should stand at the call and say '$2'; got"
      echo "$first"
      exit 1
    fi
  done
}
says() {  # says TEXT CODE: refused, and somewhere the compiler says the text
  for cxx in "${compilers[@]}"; do
    if compile "$cxx" "$2"; then echo "$cxx should refuse: $2"; exit 1; fi
    grep -F -- "$1" "$work/log" >/dev/null || { echo "$cxx should say '$1' of: $2"; head -20 "$work/log"; exit 1; }
  done
}

passes 'take(Dense({.units = 10}), Dense({.units = 10, .activation = "relu", .name = "d"}), Dense(n), Dense(10, {.use_bias = false}), Dense(10, {}))'
passes 'take(Dropout({}), Dropout({.rate = 0.5}), Dropout(0.5), Dropout(0), Flatten(), Flatten({.name = "f"}), Reshape({10}), Reshape({10, -1}, {.name = "r"}))'
passes 'take(Conv2D({.filters = 3, .kernel_size = 3}), Conv2D({.filters = 3, .kernel_size = {3, 5}, .strides = {2, 1}}), Conv2D(3, 3), Conv2D(3, {3, 5}), Conv2D(3, {3, 5}, {.padding = "same"}), Conv2D(3, {.kernel_size = 3}))'
passes 'take(MaxPooling2D(), MaxPooling2D({.pool_size = 2}), MaxPooling2D({.pool_size = {2, 3}, .strides = 2}), MaxPooling2D(2), MaxPooling2D(3, 2), MaxPooling2D(2, {.padding = "same"}))'
passes 'take(ZeroPadding2D({.padding = {{0, 1}, {0, 1}}}), ZeroPadding2D({.padding = {1, 2}}), UpSampling2D({.size = {2, 3}}), Masking(), Masking(0))'
passes 'take(Input(4), Input(n), Input({n}), Input({32, 32}), Input({-1, -1, 3}), Input({}), Input(4, {.dtype = DType::int64, .name = "i"})); Symbol s = Input({3}); auto i = Input(3); i = Dense(3)(i)'
passes 'take(Softmax(), Softmax(1), Softmax({.axis = {1, 2}}), LayerNormalization({.axis = -1}), LayerNormalization(-1), Dot(1), Dot({.axes = {1, 2}}), Adam(), Adam({}), Adam(1e-3), Adam({.learning_rate = 1e-3}), SGD(0.1, {.momentum = 0.9}))'
passes 'auto i = Input(8); take(Sequential({Input({8}), Dense(4)}), Sequential({Dense(4)}), Sequential({Input(8)}), Sequential({i, Dense(4), Dense(2)}), Model(i, Dense(2)(i)), Model({Input(1), i}, {x, i}))'
passes 'Symbol s = x + x; Symbol u = 2. * relu(x) - 1 + t; s += x; s *= 2; s = -x / t; take(x[0], x.slice(1, 0, 2)); Tensor v = 2. * relu(t) - 1 + t; take(Activation(relu), Dense(3, {.activation = softplus}))'
fails 'DenseOptions{.unit = 10}' 'unit'
fails 'Dense({.unit = 10})' 'Dense'
fails 'Dense(10, {.activations = "relu"})' 'Dense'
fails 'Dense({.activation = "relu", .units = 10})' ''
fails 'Adam({.lr = 1e-3})' 'Adam'
fails 'Adam(1e-3, {.lr = 1e-3})' 'Adam'
fails 'Dense(10.5)' 'Dense'
fails 'Dense(true)' 'Dense'
fails 'Dense("10")' 'Dense'
fails 'Sequential({x, Dense(4)})' ''
fails 'Sequential({Dense(4), Dense(3)(x)})' ''
fails 'Symbol s = x + "one"' ''

passes 'take(t[0], t[n], t[{0, 1}], t[{0}], t[t > 1.], t == t, t == 1., 2 != t, t.data<float>(), t.to_vector<float>()); t += t; t -= 1; t *= 2.'
passes 'take(zeros(3), zeros(n), zeros({n}), zeros({n, 3}), zeros({}), zeros({2, 3}, {.dtype = DType::int64}), tensor({1, 2}), tensor({{1., 2.}}, DType::float64), tensor({1, 2}, {.dtype = DType::float32}))'
passes 't.assign_at(0, 1.); t.assign_at({0, 1}, t); t.assign_at(t > 1., 0); t.assign_at(n, t); t.assign_slice(0, 1, 2, 3.); const Tensors ws{t}; take(hessian([](const Tensor& a) { return sum(a); }, t), hessian([](const Tensors& a) { return sum(a[0]); }, {t, t}), hvp([](const auto& a) { return sum(a[0]); }, ws, ws))'
fails 't[0] = t' ''
fails 't[0] += 1.' ''
fails 'Parameter p; p += t' ''
fails 'Parameter p; p *= 2.' ''
fails 'for (float v : (t + 1.).data<float>()) take(v)' ''
fails 'take(t[0].data<float>())' ''
fails 't[0].mutable_data<float>()' ''
says 'beside one tensor x the function is Tensor f(const Tensor&)' 'hessian([](const Tensors& a) { return sum(a[0]); }, t)'
says 'beside a list {x, ...} the function is Tensor f(const Tensors&)' 'hessian([](const Tensor& a) { return sum(a); }, {t, t})'
says 'beside a list {x, ...} the function is Tensor f(const Tensors&)' 'vjp([](const Tensor& a) { return sum(a); }, Tensors{t, t})'
echo "asked: ${compilers[*]}"
