#pragma once

#include <string>
#include <vector>

#include "cli/preparation_flags.h"
#include "nasnet/base/settings.h"
#include "nasnet/base/text.h"
#include "nasnet/data/image_size.h"
#include "nasnet/data/notes.h"

namespace nasnet::cli {

/// The settings of verbs that read a data set.
struct DataSettings {
  std::string data;
  int image_size = 0;
  bool skip_unreadable = false;
  int64_t limit_train = 0, limit_test = 0;
  std::string hold = "2GB";
  PreparationFlags preparation;
  data::Preparation unless_given;    // a model's own, no setting
  std::vector<std::string> classes;  // alike

  data::DataOptions options() const {
    return {.image_size = image_size,
            .preparation = preparation.over(unless_given),
            .skip_unreadable = skip_unreadable,
            .classes = classes,
            .limit_train = limit_train,
            .limit_test = limit_test,
            .hold = parse_bytes(hold, "--hold")};
  }
};

template <class Visitor>
void visit_settings(Visitor& v, DataSettings& s) {
  v.topic("Data");
  v("data", s.data,
    "a known name (fashion-mnist, cifar-10, ...), a folder, an archive, or shards "
    "(train-{000..146}.tar)")
      .as("PATH")
      .everyone_needs_it();
  data::visit_image_size(v, s.image_size);
  visit_settings(v, s.preparation);
  data::visit_skip_unreadable(v, s.skip_unreadable);
  v("hold", s.hold,
    "decoded images that memory may hold, empty for none; of a larger data set each is decoded "
    "when it is wanted")
      .as("SIZE");
  v("limit_train", s.limit_train, "take only so many training images; 0 for all", Range{0, 1e12});
  v("limit_test", s.limit_test, "take only so many test images; 0 for all", Range{0, 1e12});
}

/// Of a table's column of class names, in columns of the terminal: their widest, from 24 to 60.
int class_width(const std::vector<std::string>& classes);
/// A name as a cell of that column; one that is wider is cut, and ends in "...".
std::string class_cell(const std::string& name, int width);

/// Loads it and prints its data::notes_of() on standard error. Throws InputError where --data was
/// not given.
data::DataSet load_data(const DataSettings& settings);

/// Says so on standard error; nothing where nothing is left out.
void say_left_out(const data::LeftOutKinds& others);

}  // namespace nasnet::cli
