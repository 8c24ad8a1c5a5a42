#include "nasnet/data/arrange.h"

#include <filesystem>

#include "nasnet/data/arrange_tree.h"
#include "nasnet/data/decode_all.h"
#include "nasnet/data/fill_splits.h"

// From a tree of files to a data set: what cannot be read is refused or kept for the notes, each
// picture gets its class and split, and the rest is decoding.

namespace nasnet::data {
namespace {

namespace fs = std::filesystem;

/// Also of "photos/", whose last name is empty.
std::string name_of(const std::string& source) {
  const std::string name = fs::path(source).filename().string();
  return name.empty() ? fs::path(source).parent_path().filename().string() : name;
}

}  // namespace

DataSet load_tree(ImageTree tree, const std::string& source, const DataOptions& options) {
  refuse_unreadable(tree.unreadable, source, options);
  ArrangedTree arranged = arrange_tree(std::move(tree), source, options);
  DataSet data;
  data.name = name_of(source);
  data.source = source;
  data.classes = std::move(arranged.classes);
  data.ignored = std::move(arranged.tree.others);
  data.unreadable = std::move(arranged.tree.unreadable);
  data.own_test_split = arranged.own_test_split;
  data.left_out = std::move(arranged.arrangement.left_out);
  data.notes = std::move(arranged.arrangement.notes);
  fill_splits(arranged.arrangement.placed, options, data);
  return data;
}

}  // namespace nasnet::data
