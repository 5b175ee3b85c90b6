// Functions that are given and are none: an empty std::function, a null pointer.

#include "absent.hpp"

using namespace frost;

namespace {

const Tensor x = ones({2, 3}, {.dtype = DType::float64});
const TensorFunction of_one;
const TensorsFunction of_several;
const LossFunction of_pairs;
using Pointer = Tensor (*)(const Tensor&);

const std::vector<Absent> functions = {
    FROST_ABSENT(jacobian(of_one, x)),
    FROST_ABSENT(hessian(of_one, x)),
    FROST_ABSENT(hvp(of_one, x, x)),
    FROST_ABSENT(vjp(of_several, {x})),
    FROST_ABSENT(jvp(of_several, {x}, {x})),
    FROST_ABSENT(checkpoint(of_one, x)),
    FROST_ABSENT(checkpoint(Pointer(nullptr), x)),
    FROST_ABSENT(checkpoint(of_several, Tensors{x})),
    FROST_ABSENT(gradcheck(of_one, x)),
    FROST_ABSENT(gradcheck(of_several, {x})),
    FROST_ABSENT(register_hook(randn({2}, {.requires_grad = true}), of_one)),
    FROST_ABSENT(Lambda(of_one)),
    FROST_ABSENT(Lambda(of_several)),
    FROST_ABSENT(ActivationFunction(of_one)),
    FROST_ABSENT(Constraint(of_one)),
    FROST_ABSENT(Constraint("mine", of_one)),
    FROST_ABSENT(Initializer(Initializer::Maker())),
    FROST_ABSENT(Initializer("mine", Initializer::Maker())),
    FROST_ABSENT(Loss(of_pairs)),
    FROST_ABSENT(Metric(of_pairs)),
    FROST_ABSENT(Metric("mine", of_pairs)),
    FROST_ABSENT(selected_by(std::function<bool(const Layer&)>())),
};

}  // namespace

TEST_CASE("a function that is empty is an error where it is given") {
  check_absent(functions, "the function is empty");
}
