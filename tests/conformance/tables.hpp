#pragma once
#include "operations.hpp"

#include <map>
#include <string>

// The operations by their names, one table a group of them.
namespace conformance {

using frost::Axes;
using frost::Tensor;
using frost::Tensors;
using Integers = std::vector<std::int64_t>;

struct Operation {
  std::size_t inputs;  // at most
  Tensor (*run)(const Tensors& x, Attributes& a);
};

template <Tensor (*F)(const Tensor&)>
constexpr Operation unary{1, [](const Tensors& x, Attributes&) { return F(x[0]); }};
template <Tensor (*F)(const Tensor&, const Tensor&)>
constexpr Operation binary{2, [](const Tensors& x, Attributes&) { return F(x[0], x[1]); }};
template <Tensor (*F)(const Tensor&, const Axes&, bool)>
constexpr Operation reduction{
    1, [](const Tensors& x, Attributes& a) { return F(x[0], a.get<Integers>("axes"), a.get("keepdims", false)); }};
template <Tensor (*F)(const Tensor&, const Axes&, bool, std::int64_t)>
constexpr Operation spread{1, [](const Tensors& x, Attributes& a) {
                             return F(x[0], a.get<Integers>("axes"), a.get("keepdims", false),
                                      a.get<std::int64_t>("ddof"));
                           }};
template <Tensor (*F)(const Tensor&, std::int64_t)>
constexpr Operation along_last{
    1, [](const Tensors& x, Attributes& a) { return F(x[0], a.get<std::int64_t>("axis", -1)); }};
template <Tensor (*F)(const Tensor&, std::int64_t)>
constexpr Operation along{1, [](const Tensors& x, Attributes& a) { return F(x[0], a.required<std::int64_t>("axis")); }};
template <Tensor (*F)(const Tensor&, std::int64_t)>
constexpr Operation triangle{1, [](const Tensors& x, Attributes& a) { return F(x[0], a.get<std::int64_t>("k")); }};
template <Tensor (*F)(const Tensors&, std::int64_t)>
constexpr Operation joined{~std::size_t{0},
                           [](const Tensors& x, Attributes& a) { return F(x, a.get<std::int64_t>("axis")); }};

using Table = std::map<std::string, Operation>;
const Table& elementwise();
const Table& reductions();
const Table& shapes();
const Table& algebra();
const Table& networks();
const Table& images_and_sequences();
const Table& losses();

}  // namespace conformance
