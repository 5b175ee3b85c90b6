#pragma once
#include <frost/layers/call.hpp>
#include <frost/layers/constraint.hpp>
#include <frost/layers/initializer.hpp>
#include <frost/layers/layer.hpp>
#include <frost/layers/regularizer.hpp>
#include <frost/layers/symbol.hpp>
