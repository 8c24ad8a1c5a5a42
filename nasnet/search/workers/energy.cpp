#include "nasnet/search/workers/energy.h"

#include <fstream>
#include <string>

namespace nasnet::search {
namespace {

/// Microjoules; -1 where there is no number to read.
int64_t read_number(const std::filesystem::path& file) {
  std::ifstream stream(file);
  int64_t number = -1;
  return stream >> number ? number : -1;
}

}  // namespace

EnergyMeter::EnergyMeter(const std::filesystem::path& root) {
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(root, none)) {
    std::ifstream file(entry.path() / "name");
    std::string name;
    std::getline(file, name);
    // Cores and memory are parts of their package, or told apart by few machines only.
    if (!name.starts_with("package-")) continue;
    Package package{entry.path() / "energy_uj", read_number(entry.path() / "max_energy_range_uj"),
                    read_number(entry.path() / "energy_uj")};
    if (package.last >= 0) packages_.push_back(std::move(package));
  }
}

double EnergyMeter::joules() {
  int64_t microjoules = 0;
  for (Package& package : packages_) {
    const int64_t now = read_number(package.counter);
    if (now < 0) continue;
    const int64_t used = now - package.last;
    microjoules += used >= 0 ? used : used + std::max<int64_t>(package.range, -used);
    package.last = now;
  }
  return 1e-6 * static_cast<double>(microjoules);
}

}  // namespace nasnet::search
