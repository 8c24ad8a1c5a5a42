#include <cstddef>
#include <cstdint>
#include <string>

#include "nasnet/base/error.h"
#include "nasnet/data/class_list.h"
#include "nasnet/data/label_list.h"
#include "nasnet/data/list_text.h"
#include "tests/data/made_file.h"

// The first byte chooses the kind of list; the rest is its text.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nasnet::data;
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  static const std::vector<ImageFile> kFiles = {
      {"train/1.png", nullptr}, {"train/2.png", nullptr}, {"test/1.png", nullptr}};
  static const ImageLookup kLookup({&kFiles[0], &kFiles[1], &kFiles[2]});
  const char* const names[] = {"labels.csv", "train.txt", "metadata.jsonl", "", "labels.json"};
  try {
    if (data[0] % 5 == 3) {
      parse_class_list(decode_list(text).text, "classes.txt");
    } else {
      ImageLookup lookup = kLookup;
      const ImageFile list = made_file(names[data[0] % 5], [&] { return text; });
      read_ids(list, lookup);
      read_label_list(list, lookup);
    }
  } catch (const nasnet::Error&) {
  }
  return 0;
}
