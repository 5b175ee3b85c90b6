#include <frost/io/npy.hpp>

#include "fail.hpp"
#include "file.hpp"
#include "npy.hpp"

#include <frost/autograd/grad.hpp>
#include <frost/autograd/ops.hpp>

#include <algorithm>

namespace frost {

namespace io {

Tensor read_npy_elements(const std::string& what, const NpyHeader& header, const ReadBytes& read) {
  const std::size_t width = size_of(header.element);
  const auto swapped = [&](void* to, std::size_t bytes) {
    read(to, bytes);
    auto* next = static_cast<std::byte*>(to);
    for (std::size_t i = 0; i < bytes; i += width) std::reverse(next + i, next + i + width);
  };
  const ReadBytes in_order = header.is_big_endian && width > 1 ? ReadBytes(swapped) : read;
  if (!header.is_fortran || header.shape.size() < 2) return read_elements(what, header.element, header.shape, in_order);
  // In Fortran order the elements are those of the transposed array in C order.
  Shape reversed = header.shape;
  std::reverse(reversed.begin(), reversed.end());
  const NoGrad guard;
  return read_elements(what, header.element, reversed, in_order).transpose();
}

}  // namespace io

Tensor load_npy(const std::string& path) {
  const io::InputFile file(path);
  std::uint64_t at = 0;
  const io::ReadBytes read = [&](void* to, std::size_t bytes) {
    file.read(at, to, bytes);
    at += bytes;
  };
  const io::NpyHeader header = io::read_npy_header(path, file.size(), read);
  return io::read_npy_elements(path, header, read);
}

void save_npy(const std::string& path, const Tensor& tensor) {
  if (!tensor.present()) throw ValueError(fmt::format("save_npy: {}: the tensor is absent", path));
  const std::span<const std::byte> bytes = io::bytes_of(tensor);
  const std::string header = io::npy_header(tensor);
  io::replace_file(path, [&](io::OutputFile& file) {
    file.write(header.data(), header.size());
    file.write(bytes.data(), bytes.size());
  });
}

}  // namespace frost
