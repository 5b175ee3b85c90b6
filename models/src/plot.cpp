#include <frost/models/plot.hpp>

#include "expect.hpp"

#include <frost/internal/whole_file.hpp>

#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

extern char** environ;

namespace frost {

using models::expect;

namespace {

// Runs Graphviz from one open file to another: no shell reads a name.
void draw(const std::string& path, const std::string& format, int dot, int drawing) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, dot, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, drawing, STDOUT_FILENO);
  std::string program = "dot", option = "-T" + format;
  char* const arguments[] = {program.data(), option.data(), nullptr};
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, "dot", &files, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&files);
  expect<FileError>(error == 0,
                    "plot_model: '{}' needs Graphviz' program 'dot', which cannot be run: {}. Install graphviz, or "
                    "write the graph as text, with a name that ends in .dot",
                    path, std::strerror(error));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  expect<FileError>(WIFEXITED(status) && WEXITSTATUS(status) == 0,
                    "plot_model: '{}' was not drawn: Graphviz' program 'dot' failed with status {}", path,
                    WIFEXITED(status) ? WEXITSTATUS(status) : status);
}

// The text as a file that has no name.
detail::Descriptor in_memory(const std::string& who, const std::string& text) {
  detail::Descriptor file(::memfd_create("dot", MFD_CLOEXEC));
  detail::OutputFile out(who, file.get());
  out.write(text);
  out.seek(0);
  return file;
}

}  // namespace

void plot_model(const Model& model, const std::string& path) {
  const std::size_t point = path.rfind('.'), slash = path.rfind('/');
  const bool has_ending = point != std::string::npos && (slash == std::string::npos || point > slash);
  const std::string ending = has_ending ? path.substr(point + 1) : "";
  const bool is_text = ending == "dot" || ending == "gv";
  const bool is_drawn = ending == "svg" || ending == "png" || ending == "pdf" || ending == "jpg" || ending == "jpeg";
  expect(is_text || is_drawn, "plot_model: got '{}'; expected a name that ends in .svg, .png, .pdf, .jpg or .dot",
         path);
  const std::string text = to_dot(model);
  const std::string who = "plot_model: '" + path + "'";
  if (is_text) return detail::write_whole(who, path, text);
  detail::replace_file(
      who, path, [&](detail::OutputFile& out) { draw(path, ending, in_memory(who, text).get(), out.descriptor()); });
}

}  // namespace frost
