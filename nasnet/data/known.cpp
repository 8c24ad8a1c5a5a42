#include "nasnet/data/known.h"

#include <fmt/format.h>

#include <cstdlib>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"

// Data sets by name: the user's own folder is looked at first, then the place where Debian's
// package puts the set. Nothing is fetched here; messages say how to (see download.cpp).

namespace nasnet::data {
namespace {

namespace fs = std::filesystem;

/// `system_folder` and `file` may be empty: no package has the set; it is a folder of its name.
struct Known {
  const char *name, *description, *system_folder, *file, *advice;
};

constexpr Known kKnown[] = {
    {"fashion-mnist", "70,000 grey pictures of clothes, 28 x 28, 10 classes",
     "/usr/share/datasets/fashion-mnist", "", "on Debian: apt install dataset-fashion-mnist"},
    {"mnist", "70,000 handwritten digits, 28 x 28, 10 classes", "/usr/share/datasets/mnist", "",
     "put its four IDX files into a folder 'mnist' of the data folder"},
    {"cifar-10", "60,000 colour pictures, 32 x 32, 10 classes", "", "cifar-10-binary.tar.gz",
     "nasnet data cifar-10 --download"},
    {"cifar-100", "60,000 colour pictures, 32 x 32, 100 classes", "", "cifar-100-binary.tar.gz",
     "nasnet data cifar-100 --download"},
};

const Known* find(const std::string& name) {
  for (const Known& known : kKnown)
    if (name == known.name) return &known;
  return nullptr;
}

/// "" where it is nowhere.
std::string place_of(const Known& known) {
  std::error_code ignored;
  const fs::path own = data_folder() / (*known.file ? known.file : known.name);
  if (fs::exists(own, ignored)) return own.string();
  if (*known.system_folder && fs::exists(known.system_folder, ignored)) return known.system_folder;
  return "";
}

}  // namespace

fs::path data_folder() {
  if (const char* own = std::getenv("NASNET_DATA"); own && *own) return own;
  if (const char* xdg = std::getenv("XDG_DATA_HOME"); xdg && *xdg) return fs::path(xdg) / "nasnet";
  const char* home = std::getenv("HOME");
  return fs::path(home && *home ? home : ".") / ".local/share/nasnet";
}

bool is_known(const std::string& name) {
  return find(name) != nullptr;
}

std::string find_known(const std::string& name) {
  const Known* const known = find(name);
  NASNET_CHECK(known != nullptr, "a known data set is looked for");
  std::string place = place_of(*known);
  if (place.empty())
    throw InputError(fmt::format("data set {} is not on this machine ({}); to get it: {}", name,
                                 data_folder().string(), known->advice));
  return place;
}

std::vector<KnownDataSet> known_data_sets() {
  std::vector<KnownDataSet> list;
  for (const Known& known : kKnown)
    list.push_back({known.name, known.description, place_of(known)});
  return list;
}

std::vector<std::string> idx_classes(const std::string& path) {
  // Fashion-MNIST's own names, in the order of its labels.
  if (path.find("fashion") != std::string::npos)
    return {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
            "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
  return {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
}

}  // namespace nasnet::data
