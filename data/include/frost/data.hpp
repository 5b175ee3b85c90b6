#pragma once
#include <frost/data/batches.hpp>
#include <frost/data/csv.hpp>
#include <frost/data/datasets.hpp>
#include <frost/data/idx.hpp>
