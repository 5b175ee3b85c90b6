#include "conv_direct.hpp"

#include "kernels/conv.hpp"
#include "parallel.hpp"

#include <algorithm>

// See Note [Direct convolutions].
namespace frost::detail {

namespace {

// Below, registers are seldom full.
constexpr std::int64_t fewest_pixels = 16;

template <class S>
Tensor memory(std::int64_t elements) {
  return make_tensor(make_shape(&elements, 1), sizeof(S) == sizeof(float) ? DType::float32 : DType::float64);
}
std::int64_t window_size(const ConvPlan& p) { return p.h.kernel * p.w.kernel * p.group_channels(); }

// The elements of an axis that its windows reach, margins included.
std::int64_t reach(const WindowAxis& a) { return (a.out - 1) * a.stride + (a.kernel - 1) * a.dilation + 1; }

// Images with their margins, one after the other.
template <class S>
class Framed {
 public:
  explicit Framed(const ConvPlan& p)
      : p_(p),
        rows_(reach(p.h)),
        columns_(reach(p.w)),
        is_needed_(p.h.front + p.w.front > 0 || rows_ > p.h.in || columns_ > p.w.in) {
    if (is_needed_) frame_ = memory<S>(rows_ * columns_ * p.channels);
  }
  // An element's distance to the one below.
  std::int64_t row() const { return (is_needed_ ? columns_ : p_.w.in) * p_.channels; }
  const S* image(const S* x, std::int64_t n) {
    const std::int64_t line = p_.w.in * p_.channels;
    x += n * p_.h.in * line;
    if (!is_needed_) return x;
    const std::int64_t front = p_.w.front * p_.channels, inside = std::min(line, columns_ * p_.channels - front);
    S* const begin = raw_out<S>(frame_);
    for (std::int64_t r = 0; r < rows_; ++r) {
      S* const to = begin + r * row();
      const std::int64_t y = r - p_.h.front;
      const bool is_inside = y >= 0 && y < p_.h.in;
      std::fill_n(to, is_inside ? front : row(), S(0));
      if (!is_inside) continue;
      std::copy_n(x + y * line, inside, to + front);
      std::fill(to + front + inside, to + row(), S(0));
    }
    return begin;
  }

 private:
  const ConvPlan& p_;
  std::int64_t rows_, columns_;
  bool is_needed_;
  Tensor frame_;
};

template <class S>
kernels::DirectConv<S> group_of(const ConvPlan& p, std::int64_t row) {
  return {.channels = p.group_channels(),
          .filters = p.group_filters(),
          .kernel_h = p.h.kernel,
          .kernel_w = p.w.kernel,
          .out_h = p.h.out,
          .out_w = p.w.out,
          .stride_h = p.h.stride * row,
          .stride_w = p.w.stride * p.channels,
          .step_h = p.h.dilation * row,
          .step_w = p.w.dilation * p.channels,
          .pixel = p.filters};
}

// Calls body(first filter of a block, their number), for a group's filters.
template <class S, class Body>
void each_block(const ConvPlan& p, const Body& body) {
  const std::int64_t width = 2 * kernels::conv_loops<S>().lanes;
  for (std::int64_t f = 0; f < p.group_filters(); f += width) body(f, std::min(width, p.group_filters() - f));
}

// Runs body(begin, end) on pieces of 0 … n, each of which is so much work; a piece for each thread.
template <class Body>
void in_pieces(std::int64_t n, std::int64_t work, const Body& body) {
  const std::int64_t threads = n * work >= 2 * parallel_grain ? std::min<std::int64_t>(loop_threads(), n) : 1;
  if (threads <= 1) {
    if (n > 0) body(std::int64_t{0}, n);
    return;
  }
  each_of(threads, threads, [&](std::int64_t i) { body(n * i / threads, n * (i + 1) / threads); });
}
std::int64_t products_of_image(const ConvPlan& p) { return p.h.out * p.w.out * p.filters * window_size(p); }

// `packed` holds the kernel in blocks, group after group.
template <class S>
void convolve(const ConvPlan& p, const S* x, const S* packed, const S* bias, S* y) {
  in_pieces(p.batch, products_of_image(p), [&](std::int64_t begin, std::int64_t end) {
    Framed<S> frame(p);
    const kernels::DirectConv<S> group = group_of<S>(p, frame.row());
    for (std::int64_t n = begin; n < end; ++n) {
      const S* const image = frame.image(x, n);
      for (std::int64_t i = 0; i < p.groups; ++i) {
        const std::int64_t filter = i * group.filters;
        kernels::conv_loops<S>().forward(group, image + i * group.channels, packed + filter * window_size(p),
                                         bias ? bias + filter : nullptr,
                                         y + n * p.h.out * p.w.out * p.filters + filter);
      }
    }
  });
}

}  // namespace

template <class S>
bool is_direct(const ConvPlan& p) {
  return p.group_filters() % kernels::conv_loops<S>().lanes == 0 && p.group_channels() > 0 &&
         p.h.out * p.w.out >= fewest_pixels && p.h.in * p.w.in > 0;
}

ConvPlan backward_plan(const ConvPlan& p) {
  const auto turned = [](const WindowAxis& a) {
    return WindowAxis{.in = a.out,
                      .out = a.in,
                      .kernel = a.kernel,
                      .dilation = a.dilation,
                      .front = (a.kernel - 1) * a.dilation - a.front};
  };
  return {.batch = p.batch,
          .channels = p.filters,
          .filters = p.channels,
          .groups = p.groups,
          .h = turned(p.h),
          .w = turned(p.w)};
}

template <class S>
void direct_forward(const ConvPlan& p, const S* x, const S* kernel, const S* bias, S* y) {
  const std::int64_t size = window_size(p);
  Tensor packed = memory<S>(size * p.filters);
  S* to = raw_out<S>(packed);
  for (std::int64_t group = 0; group < p.groups; ++group)
    each_block<S>(p, [&](std::int64_t filter, std::int64_t width) {
      const S* from = kernel + group * p.group_filters() + filter;
      for (std::int64_t k = 0; k < size; ++k, to += width) std::copy_n(from + k * p.filters, width, to);
    });
  convolve(p, x, raw<S>(packed), bias, y);
}

template <class S>
void direct_input_gradient(const ConvPlan& p, const S* g, const S* kernel, S* dx) {
  const ConvPlan back = backward_plan(p);
  const std::int64_t windows = p.h.kernel * p.w.kernel;
  Tensor packed = memory<S>(window_size(back) * back.filters);
  S* to = raw_out<S>(packed);
  for (std::int64_t group = 0; group < p.groups; ++group)
    each_block<S>(back, [&](std::int64_t channel, std::int64_t width) {
      for (std::int64_t w = windows - 1; w >= 0; --w)
        for (std::int64_t f = 0; f < p.group_filters(); ++f) {
          const S* from = kernel + (w * p.group_channels() + channel) * p.filters + group * p.group_filters() + f;
          for (std::int64_t i = 0; i < width; ++i) *to++ = from[i * p.filters];
        }
    });
  convolve<S>(back, g, raw<S>(packed), nullptr, dx);
}

template <class S>
void direct_kernel_gradient(const ConvPlan& p, const S* x, const S* g, S* dkernel) {
  const std::int64_t size = window_size(p), windows = p.h.kernel * p.w.kernel;
  Tensor packed = memory<S>(size * p.filters);
  S* const sums = raw_out<S>(packed);
  std::fill_n(sums, size * p.filters, S(0));
  Framed<S> frame(p);
  const kernels::DirectConv<S> part = group_of<S>(p, frame.row());
  for (std::int64_t n = 0; n < p.batch; ++n) {
    const S* const image = frame.image(x, n);
    const S* const gradients = g + n * p.h.out * p.w.out * p.filters;
    in_pieces(windows, products_of_image(p) / windows, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = 0; i < p.groups; ++i)
        for (std::int64_t w = begin; w < end; ++w)
          kernels::conv_loops<S>().kernel_gradient(part, image + i * part.channels, gradients + i * part.filters,
                                                   w / p.w.kernel, w % p.w.kernel, sums + i * part.filters * size);
    });
  }
  const S* from = sums;
  for (std::int64_t group = 0; group < p.groups; ++group)
    each_block<S>(p, [&](std::int64_t filter, std::int64_t width) {
      S* const to = dkernel + group * p.group_filters() + filter;
      for (std::int64_t k = 0; k < size; ++k, from += width) std::copy_n(from, width, to + k * p.filters);
    });
}

template bool is_direct<float>(const ConvPlan&);
template bool is_direct<double>(const ConvPlan&);
template void direct_forward(const ConvPlan&, const float*, const float*, const float*, float*);
template void direct_forward(const ConvPlan&, const double*, const double*, const double*, double*);
template void direct_input_gradient(const ConvPlan&, const float*, const float*, float*);
template void direct_input_gradient(const ConvPlan&, const double*, const double*, double*);
template void direct_kernel_gradient(const ConvPlan&, const float*, const float*, float*);
template void direct_kernel_gradient(const ConvPlan&, const double*, const double*, double*);

}  // namespace frost::detail
