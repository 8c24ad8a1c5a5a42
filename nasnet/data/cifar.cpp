#include "nasnet/data/cifar.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/base/text.h"

// CIFAR's binary form has no header: a file is known by its name, and checked by its size. The
// planes of each picture become interleaved pixels here.

namespace nasnet::data {
namespace {

/// Pixels of a picture's edge, and of one of its colours.
constexpr int kEdge = 32;
constexpr size_t kPlane = kEdge * kEdge;

/// The files of a distribution, by base name, and the form of their records.
struct Form {
  const char* name;
  int label_bytes, classes;
  std::vector<std::string> train;
  const char *test, *names;
};

/// The training images come in five files; their order is that of the images in the data set.
const Form& form_10() {
  static const Form form = {"cifar-10",
                            1,
                            10,
                            {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                             "data_batch_4.bin", "data_batch_5.bin"},
                            "test_batch.bin",
                            "batches.meta.txt"};
  return form;
}

const Form& form_100() {
  static const Form form = {"cifar-100", 2, 100, {"train.bin"}, "test.bin", "fine_label_names.txt"};
  return form;
}

}  // namespace

void parse_cifar(std::string_view bytes, const std::string& file, int label_bytes, int classes,
                 ImageSet& images) {
  const size_t record = label_bytes + 3 * kPlane;
  if (bytes.empty() || bytes.size() % record != 0)
    throw InputError(
        fmt::format("{} is not a whole CIFAR file: {} bytes are no multiple of the "
                    "{} bytes of a record; copy or download it again",
                    file, bytes.size(), record));
  images.height = images.width = kEdge;
  images.channels = 3;
  for (size_t begin = 0; begin < bytes.size(); begin += record) {
    // CIFAR-100 has the coarse label before the fine one: the last byte counts in both.
    const int label = static_cast<unsigned char>(bytes[begin + label_bytes - 1]);
    if (label >= classes)
      throw InputError(fmt::format("{}: image {} has label {}, but there are only {} classes", file,
                                   begin / record, label, classes));
    images.labels.push_back(label);
    const char* planes = bytes.data() + begin + label_bytes;
    for (size_t pixel = 0; pixel < kPlane; ++pixel)
      for (size_t c = 0; c < 3; ++c)
        images.pixels.push_back(static_cast<uint8_t>(planes[c * kPlane + pixel]));
  }
}

bool is_cifar_file(std::string_view name) {
  for (const Form* form : {&form_10(), &form_100()}) {
    if (name == form->test || name == form->names) return true;
    if (std::find(form->train.begin(), form->train.end(), name) != form->train.end()) return true;
  }
  return false;
}

bool is_cifar(const std::map<std::string, std::string>& files) {
  // "train.bin" alone is too common a name.
  return files.contains(form_10().train[0]) ||
         (files.contains(form_100().train[0]) && files.contains(form_100().test));
}

DataSet read_cifar(const std::map<std::string, std::string>& files, const std::string& source) {
  const Form& form = files.contains(form_10().train[0]) ? form_10() : form_100();
  const auto content = [&](const std::string& name) -> const std::string& {
    const auto found = files.find(name);
    if (found == files.end())
      throw InputError(fmt::format("{} lacks the file {} of {}", source, name, form.name));
    return found->second;
  };
  DataSet data;
  data.name = form.name;
  data.source = source;
  for (const std::string& name : form.train)
    parse_cifar(content(name), source + "/" + name, form.label_bytes, form.classes, data.train);
  parse_cifar(content(form.test), fmt::format("{}/{}", source, form.test), form.label_bytes,
              form.classes, data.test);
  for (const std::string& name : lines_of(content(form.names)))
    data.classes.push_back(printable(name));
  if (static_cast<int>(data.classes.size()) != form.classes)
    throw InputError(fmt::format("{}/{} names {} classes, it should name {}", source, form.names,
                                 data.classes.size(), form.classes));
  data.original_sizes = {{"32x32", data.train.size() + data.test.size()}};
  return data;
}

}  // namespace nasnet::data
