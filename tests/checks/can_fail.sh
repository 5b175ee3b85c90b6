#!/usr/bin/env bash
# can_fail.sh CXX CHECKS-DIR: each check passes on a good sample and fails on every bad one.
set -euo pipefail
cxx=$1
checks=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

passes() { "$@" >"$work/log" 2>&1 || { echo "should pass: $*"; cat "$work/log"; exit 1; }; }
fails() {  # fails MESSAGE COMMAND…: with that message, not for another reason
  local message=$1
  shift
  if "$@" >"$work/log" 2>&1; then echo "should fail: $*"; exit 1; fi
  grep -qF -- "$message" "$work/log" || { echo "should say '$message': $*"; cat "$work/log"; exit 1; }
}

# public_headers, single_doors
tree=$work/tree
mkdir -p "$tree"/{layers/include/frost/layers,layers/src,autograd/src,autograd/include/frost/autograd,tests/support,tests/layers}
header=$tree/layers/include/frost/layers/dense.hpp
printf '#include <vector>\n#include <frost/autograd/tensor.hpp>\n' >"$header"
printf '#include <xtensor/xarray.hpp>\n' | tee "$tree/autograd/src/xt.hpp" >"$tree/autograd/include/frost/autograd/xtensor.hpp"
printf '#include <catch2/catch.hpp>\n' | tee "$tree/tests/support/catch.hpp" >"$tree/autograd/include/frost/autograd/catch.hpp"
passes "$checks/public_headers.sh" "$tree"
passes "$checks/single_doors.sh" "$tree"
fails 'no public header' "$checks/public_headers.sh" "$work"
for line in '#include <fmt/format.h>' '#include <xsimd/xsimd.hpp>' '#  include "tensor.hpp"' '#include <cblas.h>' '#include <xtensor/xarray.hpp>'; do
  echo "$line" >"$header"
  fails 'standard headers and <frost/…> only' "$checks/public_headers.sh" "$tree"
done
echo 'using namespace std;' >"$header"
fails 'uses no namespace' "$checks/public_headers.sh" "$tree"
echo >"$header"
echo '#include <xtensor-blas/xlinalg.hpp>' >"$tree/layers/src/dense.cpp"
fails 'xtensor is included outside' "$checks/single_doors.sh" "$tree"
echo '#include <catch2/catch.hpp>' >"$tree/layers/src/dense.cpp"
fails 'Catch2 is included outside' "$checks/single_doors.sh" "$tree"

# no_truth
printf 'namespace frost { struct Tensor { bool truth() const; bool present() const; }; }\nbool f(const frost::Tensor& t) { return t.present(); }\n' >"$work/asks.cpp"
"$cxx" -c "$work/asks.cpp" -o "$work/asks.o"
passes "$checks/no_truth.sh" "$work/asks.o"
sed -i 's/t.present()/t.truth()/' "$work/asks.cpp"
"$cxx" -c "$work/asks.cpp" -o "$work/asks.o"
fails 'ask present()' "$checks/no_truth.sh" "$work/asks.o"

# linked_tests
mkdir -p "$tree/docs"
printf 'TEST_CASE("biases stay") {}\nTEST_CASE("weights (all) move", "[slow]") {}\n' >"$tree/tests/layers/moves.cpp"
page=$tree/docs/page.md
printf '* [biases stay](../tests/layers/moves.cpp), [layers/moves.cpp](../tests/layers/moves.cpp), [weights (all) move](../tests/layers/moves.cpp)\n' >"$page"
passes "$checks/linked_tests.sh" "$tree"
for link in 'biases](../tests/layers/moves.cpp' 'biases stay still](../tests/layers/moves.cpp' 'biases stay](../tests/moves.cpp' 'moves.cpp](../tests/moves.cpp'; do
  printf '[biases stay](../tests/layers/moves.cpp) [%s)\n' "$link" >"$page"
  fails 'there is no test' "$checks/linked_tests.sh" "$tree"
done
echo '[a page](page.md)' >"$page"
fails 'no page links a test' "$checks/linked_tests.sh" "$tree"

# documented_operations
operations=$tree/autograd/include/frost/autograd/ops
fails 'no header of operations' "$checks/documented_operations.sh" "$tree"
mkdir -p "$operations"
document() { printf '%s\n' "$@" >"$operations/sums.hpp"; }
document '/// y = a + b. da = g; db = g.' 'FROST_API Tensor add(Tensor a, Tensor b);' 'FROST_API Tensor add(Tensor a, double b);'
passes "$checks/documented_operations.sh" "$tree"
document '/// y = (a < b). No gradient.' 'FROST_API Tensor operator<(Tensor a, Tensor b);'
passes "$checks/documented_operations.sh" "$tree"
document '/// y = a + b. da = g.' 'FROST_API Tensor add(Tensor a);' '' 'FROST_API Tensor subtract(Tensor a);'
fails 'subtract: has no /// comment' "$checks/documented_operations.sh" "$tree"
document '/// The sum. da = g.' 'FROST_API Tensor add(Tensor a);' '/// The sum of both.' 'FROST_API Tensor sum(Tensor a);'
fails 'sum: its comment has no formula' "$checks/documented_operations.sh" "$tree"
document '/// y = a + b.' 'FROST_API Tensor add(Tensor a, Tensor b);'
fails 'add: its comment says nothing of a gradient' "$checks/documented_operations.sh" "$tree"
document '#pragma once'
fails '0 functions read' "$checks/documented_operations.sh" "$tree"

# documented_layers
layers=$work/layers
mkdir -p "$layers"/{docs,layers/include/frost/layers}
fails 'no header of layers' "$checks/documented_layers.sh" "$tree/docs"
cat >"$layers/layers/include/frost/layers/dense.hpp" <<'END'
struct DenseOptions {
  /// What comes out = how many.
  std::int64_t units = 0;
  std::string name = {};
};
class FROST_API Dense
    : public detail::Positional<Dense, Layer, &DenseOptions::units> {
  explicit Dense(const DenseOptions& options);
};
END
list() { printf '| `Dense(3)` | shapes |\n| `Other` `Dense` | %s |\n' "$1" >"$layers/docs/layers.md"; }
list 'units, name'
passes "$checks/documented_layers.sh" "$layers"
list 'name, units'
fails 'the options of Dense are units, name; the page has name, units' "$checks/documented_layers.sh" "$layers"
echo '| `Dense` | units, name |' >"$layers/docs/layers.md"
fails 'no row for Dense' "$checks/documented_layers.sh" "$layers"

# misspelt
mkdir -p "$layers/include/frost"
echo 'namespace frost { struct Symbol {}; struct Tensor {}; }' >"$layers/include/frost/frost.hpp"
fails 'should take' "$checks/misspelt.sh" "$cxx" "$layers"

# public_functions, tested_errors
tree=$work/offered
mkdir -p "$tree"/{layers/include/frost/layers,tests/errors}
cat >"$tree/layers/include/frost/layers/sample.hpp" <<'END'
namespace frost {
namespace detail {
FROST_API void hidden(int x);
}
template <class F>
requires(std::is_invocable_v<F>) FROST_API Tensor run(const F& f, const Options& options = {.a = 1});
class FROST_API Handle {
 public:
  Handle() = default;
  explicit Handle(int x) : x_{x} {}
  int value() const { return twice(x_); }
  friend bool operator==(const Handle& a, const Handle& b);

 private:
  void secret(int x);
  std::function<int(int)> x_;
};
}
END
fails 'no public header' "$checks/public_functions.sh" "$work/bin"
passes "$checks/public_functions.sh" "$tree"
[ "$(tr '\n' ' ' <"$work/log")" = 'Handle Handle::value operator== run ' ] || { echo 'wrong list:'; cat "$work/log"; exit 1; }
table=$tree/tests/errors/handles.cpp listed=$tree/tests/errors/cannot_fail
echo '{"a handle", [] { run(Handle(1)); a == b; }}' >"$table"
printf '# Tells\nHandle::value\n' >"$listed"
passes "$checks/tested_errors.sh" "$tree"
echo '{"run(Handle(1)) == 1", [] { a == b; }}  // run(Handle(1))' >"$table"
fails 'run: no table of tests/errors has it' "$checks/tested_errors.sh" "$tree"
echo '{"a handle", [] { run(Handle(1)); }}' >"$table"
fails 'operator==: no table' "$checks/tested_errors.sh" "$tree"
echo '{"a handle", [] { run(Handle(1)); a == b; }}' >"$table"
printf '# Tells\nHandle::value\nHandle::secret\n' >"$listed"
fails "'Handle::secret' is no public function" "$checks/tested_errors.sh" "$tree"
echo 'Handle::value' >"$listed"
fails 'a name has no reason' "$checks/tested_errors.sh" "$tree"
echo '# Tells' >"$listed"
fails 'Handle::value: no table' "$checks/tested_errors.sh" "$tree"

# mentioned_functions
mkdir -p "$tree"/{docs,tests/checks}
unwritten=$tree/tests/checks/never_written
printf '# Braces\nHandle\n' >"$unwritten"
printf '`x.value()` of\n```cpp\nrun(f);\n```\n' | tee "$tree/README.md" >"$tree/docs/page.md"
passes "$checks/mentioned_functions.sh" "$tree"
printf 'A value that run gives.\n`run(f)`\n' | tee "$tree/README.md" >"$tree/docs/page.md"
fails 'value: no page mentions it' "$checks/mentioned_functions.sh" "$tree"
printf '`run(f)`\n```cpp\nint value = 1;  // value(1)\n```\n' | tee "$tree/README.md" >"$tree/docs/page.md"
fails 'value: no page mentions it' "$checks/mentioned_functions.sh" "$tree"
echo 'run' | tee "$tree/README.md" >"$tree/docs/page.md"
fails 'no code' "$checks/mentioned_functions.sh" "$tree"
echo '`run` `x.value()`' | tee "$tree/README.md" >"$tree/docs/page.md"
printf '# Braces\nHandle\nsecret\n' >"$unwritten"
fails "'secret' is no public function" "$checks/mentioned_functions.sh" "$tree"
printf '# Braces\nHandle\nvalue\n' >"$unwritten"
fails "a page mentions 'value'" "$checks/mentioned_functions.sh" "$tree"
printf '# Braces\nHandle\nHandle\n' >"$unwritten"
fails "'Handle' stands twice" "$checks/mentioned_functions.sh" "$tree"
echo 'Handle' >"$unwritten"
fails 'a name has no reason' "$checks/mentioned_functions.sh" "$tree"
printf '# Braces\nHandle\n' >"$unwritten"
options=$tree/layers/include/frost/layers/options.hpp
echo 'struct RunOptions { int a = 1; }; Tensor run(int x, const RunOptions& options = {});' >"$options"
passes "$checks/mentioned_functions.sh" "$tree"
echo 'struct WalkOptions { int a = 1; };' >>"$options"
fails 'WalkOptions: no page mentions' "$checks/mentioned_functions.sh" "$tree"
rm "$options"

# ambiguous_names
tree=$work/named
mkdir -p "$tree/include/frost"
offer() { printf 'namespace frost {\nclass Own {};\n%s\n}\n' "$*" >"$tree/include/frost/frost.hpp"; }
known='void any(Own); void logical_and(Own); void logical_not(Own); void logical_or(Own); void slice(Own); void stack(Own); void std(Own);'
offer "$known void sort(Own);"
passes "$checks/ambiguous_names.sh" "$cxx" "$tree"
offer "$known void less(Own);"
fails 'ambiguous: any less logical_and' "$checks/ambiguous_names.sh" "$cxx" "$tree"
offer "${known/void stack(Own);/}"
fails 'expected: any logical_and' "$checks/ambiguous_names.sh" "$cxx" "$tree"
offer "$known"$'\n#include <no_such_header>'
fails 'fatal error' "$checks/ambiguous_names.sh" "$cxx" "$tree"

# simd_symbols, baseline_code
compile() { "$cxx" -std=c++20 -O2 -fPIC "${@:2}" -x c++ -c - -o "$work/$1.o"; }
compile tagged -mavx2 <<<'struct avx2; template <class A> [[gnu::noinline]] void f(float* x) { *x += 1; } template void f<avx2>(float*);'
compile untagged -mavx2 <<<'template <class T> [[gnu::noinline]] void f(T* x) { *x += 1; } template void f<float>(float*);'
compile plain <<<'void f(float* x) { for (int i = 0; i < 8; ++i) x[i] += 1; }'
compile vex -mavx <<<'void f(float* x) { *x += 1; }'
compile move -mavx <<<'typedef float V __attribute__((vector_size(16))); void f(V* x, V* y) { *x = *y; }'
compile ymm -mavx2 <<<'typedef float V __attribute__((vector_size(32))); void f(V* x) { *x += *x; }'
compile evex -mavx512f <<<'typedef float V __attribute__((vector_size(64))); void f(V* x) { *x += *x; }'
passes "$checks/simd_symbols.sh" avx2 "$work/tagged.o"
passes "$checks/simd_symbols.sh" avx2 "$work/plain.o"
fails "without 'avx2'" "$checks/simd_symbols.sh" avx2 "$work/tagged.o" "$work/untagged.o"
fails "without 'avx512'" "$checks/simd_symbols.sh" avx512 "$work/tagged.o"
fails 'no object' "$checks/simd_symbols.sh" avx2
passes "$checks/baseline_code.sh" "$work/plain.o"
for object in vex move ymm evex; do
  fails 'beyond the baseline' "$checks/baseline_code.sh" "$work/plain.o" "$work/$object.o"
done
fails 'no object' "$checks/baseline_code.sh"
echo 'every check passes on good samples and fails on bad ones'
