#include "zip.hpp"

#include "fail.hpp"
#include "file.hpp"

#include <zip.h>

#include <algorithm>
#include <exception>
#include <set>

namespace frost::io {

namespace {

constexpr std::uint64_t most_deflated = 1032;  // bytes that one byte of a deflated stream can stand for

struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};

std::string text_of(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

}  // namespace

void ZipReader::Close::operator()(zip* archive) const { zip_discard(archive); }

ZipReader::ZipReader(const std::string& path) : path_(path) {
  const std::uint64_t file_bytes = InputFile(path).size();
  int code = 0;
  archive_.reset(zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
  if (!archive_) fail(path, "is no zip archive that can be read; got '{}'", text_of(code));

  std::set<std::string> names;
  std::uint64_t total = 0;
  const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
    zip_stat_t status;
    zip_stat_init(&status);
    constexpr zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if (zip_stat_index(archive_.get(), i, 0, &status) != 0 || (status.valid & needed) != needed)
      fail(path, "entry {} cannot be read; got '{}'", i, zip_strerror(archive_.get()));
    const std::string name = status.name;
    if (!names.insert(name).second) fail(path, "the name '{}' stands twice", name);
    if (status.encryption_method != ZIP_EM_NONE) fail(path, "entry '{}' is encrypted", name);
    if (status.comp_method != ZIP_CM_STORE && status.comp_method != ZIP_CM_DEFLATE)
      fail(path, "entry '{}' is compressed by method {}; expected stored (0) or deflated (8)", name,
           status.comp_method);
    if (__builtin_add_overflow(total, status.size, &total) || total / most_deflated > file_bytes)
      fail(path, "entry '{}' claims {} bytes; expected no more than deflating makes of a file of {} bytes", name,
           status.size, file_bytes);
    entries_.push_back({name, status.size});
  }
}

void ZipReader::read(std::size_t index, const std::function<void(const ReadBytes&)>& consume) const {
  const Entry& entry = entries_.at(index);
  const std::unique_ptr<zip_file_t, CloseEntry> in(zip_fopen_index(archive_.get(), index, 0));
  if (!in) fail(path_, "entry '{}' cannot be read; got '{}'", entry.name, zip_strerror(archive_.get()));
  std::uint64_t at = 0;
  const auto read_some = [&](void* to, std::size_t bytes) {
    const zip_int64_t n = zip_fread(in.get(), to, std::min<std::size_t>(bytes, std::size_t{1} << 30));
    if (n < 0)
      fail(path_, "entry '{}' is damaged behind byte {}; got '{}'", entry.name, at, zip_file_strerror(in.get()));
    at += static_cast<std::uint64_t>(n);
    return static_cast<std::size_t>(n);
  };
  consume([&](void* to, std::size_t bytes) {
    auto* next = static_cast<std::byte*>(to);
    while (bytes > 0) {
      const std::size_t n = read_some(next, bytes);
      if (n == 0) fail(path_, "entry '{}' ends at byte {}; expected {} more bytes", entry.name, at, bytes);
      next += n;
      bytes -= n;
    }
  });
  std::byte rest[256];
  while (read_some(rest, sizeof rest) > 0)
    if (at > entry.bytes) fail(path_, "entry '{}' is longer than the {} bytes it claims", entry.name, entry.bytes);
}

namespace {

// Where libzip writes: into a file that is open, for under a name it would make another one beside it.
class Sink {
 public:
  explicit Sink(OutputFile& out) : out_(out) { zip_error_init(&error_); }
  ~Sink() { zip_error_fini(&error_); }

  static zip_int64_t answer(void* self, void* data, zip_uint64_t size, zip_source_cmd_t command) {
    auto& sink = *static_cast<Sink*>(self);
    try {
      return sink.run(data, size, command);
    } catch (...) {  // libzip is C
      sink.thrown_ = std::current_exception();
      zip_error_set(&sink.error_, ZIP_ER_WRITE, 0);
      return -1;
    }
  }
  void rethrow() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  zip_int64_t run(void* data, zip_uint64_t size, zip_source_cmd_t command) {
    switch (command) {
      case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_WRITABLE;
      case ZIP_SOURCE_STAT:
        zip_stat_init(static_cast<zip_stat_t*>(data));
        static_cast<zip_stat_t*>(data)->valid = ZIP_STAT_SIZE;
        return sizeof(zip_stat_t);
      case ZIP_SOURCE_WRITE:
        out_.write(data, static_cast<std::size_t>(size));
        position_ += static_cast<zip_int64_t>(size);
        end_ = std::max(end_, position_);
        return static_cast<zip_int64_t>(size);
      case ZIP_SOURCE_SEEK_WRITE:
        position_ = zip_source_seek_compute_offset(static_cast<zip_uint64_t>(position_),
                                                   static_cast<zip_uint64_t>(end_), data, size, &error_);
        if (position_ >= 0) out_.seek(static_cast<std::uint64_t>(position_));
        return position_ < 0 ? -1 : 0;
      case ZIP_SOURCE_TELL_WRITE:
        return position_;
      case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&error_, data, size);
      default:  // what opens, closes, commits: the file is open, and is put in its place by others
        return 0;
    }
  }

  OutputFile& out_;
  zip_int64_t position_ = 0, end_ = 0;
  zip_error_t error_;
  std::exception_ptr thrown_;
};

void write_entries(const std::string& path, const std::map<std::string, ZipPieces>& entries, OutputFile& out) {
  Sink sink(out);
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_function_create(&Sink::answer, &sink, &error);
  std::unique_ptr<zip_t, decltype(&zip_discard)> archive(
      target ? zip_open_from_source(target, ZIP_CREATE | ZIP_TRUNCATE, &error) : nullptr, &zip_discard);
  const std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (!archive) {
    zip_source_free(target);
    fail(path, "cannot be written; got '{}'", reason);
  }
  const auto expect = [&](bool holds) {
    if (holds) return;
    sink.rethrow();
    fail(path, "cannot be written; got '{}'", zip_strerror(archive.get()));
  };
  for (const auto& [name, pieces] : entries) {
    std::vector<zip_buffer_fragment_t> fragments;
    for (const auto& piece : pieces)
      if (!piece.empty())
        fragments.push_back({reinterpret_cast<zip_uint8_t*>(const_cast<std::byte*>(piece.data())), piece.size_bytes()});
    zip_source_t* source = zip_source_buffer_fragment(archive.get(), fragments.data(), fragments.size(), 0);
    expect(source != nullptr);
    const zip_int64_t index = zip_file_add(archive.get(), name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) zip_source_free(source);
    expect(index >= 0);
    const auto at = static_cast<zip_uint64_t>(index);
    expect(zip_set_file_compression(archive.get(), at, ZIP_CM_STORE, 0) == 0);
    constexpr zip_uint16_t first_of_january_1980 = 1 << 5 | 1;
    expect(zip_file_set_dostime(archive.get(), at, 0, first_of_january_1980, 0) == 0);
  }
  expect(zip_close(archive.get()) == 0);
  archive.release();
}

}  // namespace

void write_zip(const std::string& path, const std::map<std::string, ZipPieces>& entries) {
  replace_file(path, [&](OutputFile& out) {
    if (!entries.empty()) return write_entries(path, entries, out);
    constexpr char empty[22] = {'P', 'K', 5, 6};  // of which libzip makes no file
    out.write(empty, sizeof empty);
  });
}

}  // namespace frost::io
