#include "lstm.hpp"

#include <frost/autograd/make.hpp>
#include <frost/autograd/ops.hpp>

namespace frost::detail {

Tensors lstm_composite(const Tensors& x, const Attrs& attrs) {
  const LstmAttrs& options = attrs.as<LstmAttrs>();
  const Tensor &input = x[0], &kernel = x[1], &recurrent_kernel = x[2], &bias = x[3];
  const std::int64_t batch = input.shape()[0], steps = input.shape()[1], units = recurrent_kernel.shape()[0];
  const TensorOptions like{.dtype = input.dtype()};
  Tensor h = x.size() > 4 ? x[4] : zeros({batch, units}, like);
  Tensor c = x.size() > 4 ? x[5] : zeros({batch, units}, like);

  const Tensor from_input = linear(input, kernel, bias);  // [N,T,4U]
  Tensors hs;
  for (std::int64_t step = 0; step < steps; ++step) {
    const std::int64_t t = options.go_backwards ? steps - 1 - step : step;
    const Tensor z = squeeze(from_input.slice(1, t, t + 1), 1) + matmul(h, recurrent_kernel);
    const auto block = [&](std::int64_t i) { return z.slice(1, i * units, (i + 1) * units); };
    c = sigmoid(block(1)) * c + sigmoid(block(0)) * tanh(block(2));
    h = sigmoid(block(3)) * tanh(c);
    if (options.return_sequences) hs.push_back(h);
  }
  if (!options.return_sequences) return {h};
  return {steps > 0 ? stack(hs, 1) : zeros({batch, 0, units}, like)};
}

}  // namespace frost::detail
