// frost_conformance DIR… [--group G]… [--op O]…: runs reference cases through the public functions.
#include "case.hpp"

#include <frost/autograd.hpp>
#include <frost/io.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>

namespace fs = std::filesystem;
using namespace conformance;

namespace {

struct Selection {
  std::vector<std::string> groups, operations;
  static bool takes(const std::vector<std::string>& names, const std::string& name) {
    return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
  }
};

struct Count {
  int passed = 0, failed = 0;
};

std::vector<fs::path> groups_in(const std::string& directory, const Selection& selection) {
  if (!fs::is_directory(directory)) throw std::runtime_error(directory + ": is no directory");
  std::vector<fs::path> groups;
  for (const auto& file : fs::directory_iterator(directory))
    if (file.path().extension() == ".json" && file.path().stem() != "trajectories" &&
        Selection::takes(selection.groups, file.path().stem().string()))
      groups.push_back(file.path());
  if (groups.empty()) throw std::runtime_error(directory + ": has no group of cases that was asked for");
  std::sort(groups.begin(), groups.end());
  return groups;
}

void run_group(const fs::path& list, const Selection& selection, Count& count) {
  const std::vector<Case> cases = read_cases(list.string());
  const auto tensors = frost::load_safetensors(fs::path(list).replace_extension(".safetensors").string());
  for (const Case& c : cases) {
    if (!Selection::takes(selection.operations, c.op)) continue;
    const std::vector<Problem> problems = run(c, tensors);
    ++(problems.empty() ? count.passed : count.failed);
    for (const Problem& p : problems)
      std::cout << c.name << ' ' << c.attrs.dump() << ' ' << p.quantity << ": " << p.text << '\n';
  }
}

}  // namespace

int main(int argc, char* argv[]) {
  CLI::App app("Runs reference cases through the public functions of frost");
  std::vector<std::string> directories;
  Selection selection;
  app.add_option("DIR", directories, "Directories with GROUP.json and GROUP.safetensors")->required();
  app.add_option("--group", selection.groups, "Only this group; may be repeated")->allow_extra_args(false);
  app.add_option("--op", selection.operations, "Only this operation; may be repeated")->allow_extra_args(false);
  CLI11_PARSE(app, argc, argv);

  try {
    frost::set_default_dtype(frost::DType::float64);
    Count count;
    for (const std::string& directory : directories)
      for (const fs::path& group : groups_in(directory, selection)) run_group(group, selection, count);
    if (count.passed + count.failed == 0) throw std::runtime_error("no case was selected");
    std::cout << count.passed << " passed, " << count.failed << " failed\n";
    return count.failed > 0 ? 1 : 0;
  } catch (const std::exception& error) {
    std::cerr << "frost_conformance: " << error.what() << '\n';
    return 2;
  }
}
