#pragma once
#include <frost/autograd/ops/elementwise.hpp>
#include <frost/autograd/ops/linalg.hpp>
#include <frost/autograd/ops/losses.hpp>
#include <frost/autograd/ops/nn.hpp>
#include <frost/autograd/ops/reduce.hpp>
#include <frost/autograd/ops/shape.hpp>
