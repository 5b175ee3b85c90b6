#include "safetensors_header.hpp"

#include "fail.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <vector>

namespace frost::io {

namespace {

using json = nlohmann::json;

constexpr std::size_t most_axes = 64;

std::string in_quotes(const std::string& name) {
  constexpr std::size_t most = 120;
  return '\'' + (name.size() > most ? name.substr(0, most) + "…" : name) + '\'';
}

constexpr std::array<std::pair<Element, const char*>, 12> formats = {{{Element::f64, "F64"},
                                                                      {Element::f32, "F32"},
                                                                      {Element::f16, "F16"},
                                                                      {Element::bf16, "BF16"},
                                                                      {Element::i64, "I64"},
                                                                      {Element::i32, "I32"},
                                                                      {Element::i16, "I16"},
                                                                      {Element::i8, "I8"},
                                                                      {Element::u32, "U32"},
                                                                      {Element::u16, "U16"},
                                                                      {Element::u8, "U8"},
                                                                      {Element::boolean, "BOOL"}}};

const char* format_of(Element element) {
  return std::find_if(formats.begin(), formats.end(), [&](const auto& f) { return f.first == element; })->second;
}

std::string known_formats() {
  std::string list;
  for (const auto& [element, name] : formats) list.append(list.empty() ? "" : ", ").append(name);
  return list;
}

// Checks while it reads, so that what is too deep, doubled or of the wrong kind is refused before it is built.
class Reader final : public nlohmann::json_sax<json> {
 public:
  Reader(const std::string& path, SafetensorsHeader& header) : path_(path), header_(header) {}

  bool null() override { wrong("null"); }
  bool boolean(bool) override { wrong("a boolean"); }
  bool number_integer(number_integer_t n) override { wrong(fmt::format("the negative number {}", n)); }
  bool number_float(number_float_t, const string_t& text) override { wrong("the number " + text); }
  bool binary(binary_t&) override { wrong("binary data"); }

  bool number_unsigned(number_unsigned_t n) override {
    if (place_ != Place::shape && place_ != Place::offsets) wrong(fmt::format("the number {}", n));
    const std::size_t most = place_ == Place::shape ? most_axes : 2;
    if (numbers_.size() == most) fail(path_, "{} has more than {} numbers", where(), most);
    if (n > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      fail(path_, "{} is too large; got {}", where(), n);
    numbers_.push_back(static_cast<std::int64_t>(n));
    return true;
  }

  bool string(string_t& text) override {
    if (place_ == Place::metadata && has_key_) {
      if (!header_.metadata.emplace(key_, text).second) fail(path_, "{} stands twice", where());
    } else if (place_ == Place::tensor && key_ == "dtype") {
      const auto known = std::find_if(formats.begin(), formats.end(), [&](const auto& f) { return text == f.second; });
      if (known == formats.end())
        fail(path_, "{} is not known; got {}; expected one of {}", where(), in_quotes(text), known_formats());
      element_ = known->first;
    } else {
      wrong("the string " + in_quotes(text));
    }
    return true;
  }

  bool start_object(std::size_t) override {
    if (place_ == Place::outside) {
      place_ = Place::names;
    } else if (place_ == Place::names) {
      place_ = name_ == "__metadata__" ? Place::metadata : Place::tensor;
      element_.reset();
      shape_.reset();
      offsets_.reset();
      has_key_ = false;
    } else {
      wrong("an object");
    }
    return true;
  }

  bool key(string_t& text) override {
    if (place_ == Place::names) {
      if (header_.tensors.contains(text) || (text == "__metadata__" && has_metadata_))
        fail(path_, "the name {} stands twice in the header", in_quotes(text));
      has_metadata_ |= text == "__metadata__";
      name_ = text;
      return true;
    }
    key_ = text;
    has_key_ = true;
    if (place_ != Place::tensor) return true;
    if (key_ != "dtype" && key_ != "shape" && key_ != "data_offsets")
      fail(path_, "{} is not known; expected dtype, shape and data_offsets", where());
    if ((key_ == "dtype" && element_) || (key_ == "shape" && shape_) || (key_ == "data_offsets" && offsets_))
      fail(path_, "{} stands twice", where());
    return true;
  }

  bool end_object() override {
    if (place_ == Place::tensor) {
      has_key_ = false;
      if (!element_ || !shape_ || !offsets_) fail(path_, "{} lacks dtype, shape or data_offsets", where());
      if (offsets_->size() != 2) fail(path_, "{}: data_offsets has {} numbers; expected 2", where(), offsets_->size());
      header_.tensors.emplace(name_, TensorEntry{*element_, Shape(*shape_), static_cast<std::uint64_t>((*offsets_)[0]),
                                                 static_cast<std::uint64_t>((*offsets_)[1])});
    }
    place_ = place_ == Place::names ? Place::outside : Place::names;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ != Place::tensor || (key_ != "shape" && key_ != "data_offsets")) wrong("a list");
    place_ = key_ == "shape" ? Place::shape : Place::offsets;
    numbers_.clear();
    return true;
  }

  bool end_array() override {
    (place_ == Place::shape ? shape_ : offsets_) = numbers_;
    place_ = Place::tensor;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const json::exception& error) override {
    fail(path_, "the header is not JSON at byte {}; got '{}'", 8 + position, error.what());
  }

 private:
  enum class Place { outside, names, metadata, tensor, shape, offsets };

  std::string where() const {
    switch (place_) {
      case Place::outside:
      case Place::names:
        return name_.empty() ? "the header" : "the header at " + in_quotes(name_);
      case Place::metadata:
        return has_key_ ? "the metadata " + in_quotes(key_) : "the metadata";
      default:
        return "tensor " + in_quotes(name_) + (has_key_ ? ": " + in_quotes(key_) : "");
    }
  }

  [[noreturn]] void wrong(const std::string& got) const {
    const bool in_tensor = place_ == Place::tensor;
    const char* expected = place_ == Place::outside || place_ == Place::names            ? "an object"
                           : place_ == Place::metadata || (in_tensor && key_ == "dtype") ? "a string"
                           : in_tensor                                                   ? "a list of numbers"
                                                                                         : "a number of 0 or more";
    fail(path_, "{} has the wrong kind; got {}; expected {}", where(), got, expected);
  }

  const std::string& path_;
  SafetensorsHeader& header_;
  Place place_ = Place::outside;
  bool has_metadata_ = false, has_key_ = false;
  std::string name_, key_;
  std::optional<Element> element_;
  std::optional<std::vector<std::int64_t>> shape_, offsets_;
  std::vector<std::int64_t> numbers_;
};

void check_places(const std::string& path, const SafetensorsHeader& header, std::uint64_t data_bytes) {
  std::vector<std::pair<const std::string*, const TensorEntry*>> entries;
  for (const auto& [name, entry] : header.tensors) {
    if (entry.begin > entry.end || entry.end > data_bytes)
      fail(path, "tensor {}: data_offsets out of range; got [{}, {}]; expected rising numbers up to {}",
           in_quotes(name), entry.begin, entry.end, data_bytes);
    std::uint64_t bytes = 0;
    const bool fits = count_bytes(entry.element, entry.shape, bytes);
    if (!fits || bytes != entry.end - entry.begin)
      fail(path, "tensor {}: data_offsets do not fit the shape; got {} bytes; expected {} for {} of {}",
           in_quotes(name), entry.end - entry.begin, fits ? fmt::format("{}", bytes) : "more than any file holds",
           to_string(entry.shape), format_of(entry.element));
    entries.emplace_back(&name, &entry);
  }
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second->begin, a.second->end) < std::pair(b.second->begin, b.second->end);
  });
  std::uint64_t covered = 0;
  for (const auto& [name, entry] : entries) {
    if (entry->begin != covered)
      fail(path, "tensor {}: {}; got begin {}; expected {}", in_quotes(*name),
           entry->begin < covered ? "its data overlap another tensor's" : "its data follow a hole", entry->begin,
           covered);
    covered = entry->end;
  }
  if (covered != data_bytes)
    fail(path, "{} bytes behind byte {} of the data belong to no tensor", data_bytes - covered, covered);
}

}  // namespace

SafetensorsHeader parse_safetensors_header(const std::string& path, const std::string& text, std::uint64_t data_bytes) {
  SafetensorsHeader header;
  Reader reader(path, header);
  json::sax_parse(text, &reader);
  check_places(path, header, data_bytes);
  return header;
}

}  // namespace frost::io
