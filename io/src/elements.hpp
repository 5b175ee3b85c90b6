#pragma once
#include <frost/autograd/tensor.hpp>

#include <cstddef>
#include <functional>

// Numbers as files hold them.
namespace frost::io {

/// What a file's elements may be; those that Frost has no dtype for are widened on reading.
enum class Element { f64, f32, f16, bf16, i64, i32, i16, i8, u32, u16, u8, boolean };

/// Bytes an element in the file.
std::size_t size_of(Element element);
/// What it is read as: floats as float32 or float64, integers as int64.
DType read_as(Element element);
/// Whether tensors hold the bytes of the file as they are.
bool is_native(Element element);

/// Reads so many bytes of the file into memory.
using ReadBytes = std::function<void(void* to, std::size_t bytes)>;

/// A tensor from elements that stand in the file one after another, little-endian. The caller has checked that they are
/// there; no more memory is taken than the tensor and 64 kB. Throws: FileError, with `what` in front, for a boolean
/// that is neither 0 nor 1.
Tensor read_elements(const std::string& what, Element element, const Shape& shape, const ReadBytes& read);

/// The bytes of a tensor as files hold them.
std::span<const std::byte> bytes_of(const Tensor& t);

/// The number of bytes of so many elements; 0 < bytes only. Overflow gives false.
bool count_bytes(Element element, const Shape& shape, std::uint64_t& bytes);

}  // namespace frost::io
