#include "nasnet/data/foreign_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>

#include "nasnet/base/shell.h"
#include "nasnet/data/image_lookup.h"
#include "nasnet/data/list_columns.h"
#include "nasnet/data/list_text.h"
#include "nasnet/data/parquet_advice.h"
#include "nasnet/data/part_names.h"
#include "nasnet/data/split_names.h"
#include "nasnet/data/table_text.h"

// Sets whose classes cannot be read are known by traces of their form, in a fixed order; the first
// that fits gives the sentence. Only sets that folders and lists could not arrange come here: a
// trace alone refuses nothing.

namespace nasnet::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWholeImages =
    "`nasnet train` learns boxes; to classify whole images put each into a folder of its class, or "
    "add a list (labels.csv: file name, label)";

constexpr const char* kShown = "`nasnet data` shows its boxes";

/// Made of the characters of a number, as words of a header are not.
bool is_coordinate(const std::string& text) {
  return !text.empty() && text.find_first_not_of("+-.0123456789") == std::string::npos;
}

class FormFinder {
 public:
  FormFinder(const ImageTree& tree, const std::string& source) : tree_(tree), source_(source) {}

  std::string find() {
    for (const auto form :
         {&FormFinder::parquet, &FormFinder::coco, &FormFinder::yolo, &FormFinder::file_names,
          &FormFinder::voc, &FormFinder::python_cifar, &FormFinder::idx, &FormFinder::file_order,
          &FormFinder::matlab, &FormFinder::lost_list, &FormFinder::spreadsheet,
          &FormFinder::archives})
      if (std::string sentence = (this->*form)(); !sentence.empty()) return sentence;
    return "";
  }

 private:
  /// The text of a list, or "" where it is too large.
  static std::string text_of(const ImageFile& list) {
    try {
      return decode_list(list.read()).text;
    } catch (const InputError&) {
      return "";
    }
  }
  static std::string end_of(const ImageFile& list) {
    return lower_case(fs::path(list.path).extension().string());
  }
  static std::string stem_of(const ImageFile& file) { return fs::path(file.path).stem().string(); }
  /// The first file of a kind that is not read, or "".
  std::string other(const std::string& kind) const {
    const auto found = tree_.others.find(kind);
    return found == tree_.others.end() ? "" : found->second.first;
  }

  /// A path below the source as a word of a shell; of an archive, where it has been unpacked.
  std::string place(const std::string& below) const {
    std::error_code none;
    fs::path path = fs::is_directory(source_, none) ? source_ : ".";
    if (!below.empty()) path /= below;
    return shell_quoted(as_argument(path.string()));
  }

  std::string detection(const char* form, const std::string& file, const char* shown) const {
    return fmt::format("{} is a {} set, for the detection of objects ({}): {}; {}", source_, form,
                       file, shown, kWholeImages);
  }

  std::string parquet() {
    for (const ImageFile& list : tree_.lists)
      if (end_of(list) == ".parquet")
        return fmt::format(
            "{} holds its images in parquet files ({}), which are not read; this makes a folder "
            "'images' of them: {}",
            source_, list.path, parquet_advice(source_));
    return "";
  }

  std::string coco() {
    for (const ImageFile& list : tree_.lists) {
      if (end_of(list) != ".json") continue;
      const std::string text = text_of(list);
      // By words in the text: it may be tens of MiB, too much to parse for a message. Beyond a
      // list's 64 MiB the name alone tells.
      if (text.find("\"annotations\"") != std::string::npos
              ? text.find("\"categories\"") != std::string::npos
              : stem_of(list).starts_with("instances_"))
        return detection(
            "COCO", list.path,
            text.empty() || text.find("\"bbox\"") != text.npos ? kShown : "it has no boxes (bbox)");
    }
    return "";
  }

  /// A text of boxes beside each picture: "3 0.5 0.5 0.2 0.1".
  std::string yolo() {
    std::set<std::string> pictures;
    for (const ImageFile& image : tree_.images) pictures.insert(stem_of(image));
    const ImageFile* first = nullptr;
    size_t count = 0;
    for (const ImageFile& list : tree_.lists) {
      if (end_of(list) != ".txt" || !pictures.contains(stem_of(list))) continue;
      ++count;
      if (first) continue;
      const std::vector<TableRow> rows = read_table(text_of(list));
      if (rows.empty()) continue;
      if (rows[0].fields.size() < 5 ||
          !std::all_of(rows[0].fields.begin(), rows[0].fields.end(), is_coordinate))
        return "";
      first = &list;
    }
    // A picture without objects may have no text, but half of them must have one.
    if (!first || 2 * count < pictures.size()) return "";
    const bool has_names =
        std::any_of(tree_.annotations.begin(), tree_.annotations.end(),
                    [](const ImageFile& file) { return end_of(file).starts_with(".y"); });
    return detection("YOLO", first->path,
                     has_names ? kShown
                               : "with a data.yaml (train: images, names: [cat, dog]) `nasnet "
                                 "data` shows its boxes");
  }

  std::string voc() {
    const std::string xml = other(".xml");
    const bool folder = std::any_of(
        tree_.images.begin(), tree_.images.end(),
        [](const ImageFile& image) { return image.path.find("JPEGImages/") != std::string::npos; });
    if (xml.empty() || (!folder && 2 * tree_.others.at(".xml").count < std::ssize(tree_.images)))
      return "";
    return detection("Pascal VOC", xml, kShown);
  }

  std::string python_cifar() {
    if (other("data_batch_1").empty()) return "";
    return fmt::format(
        "{} is CIFAR-10 in Python's form, which is not read; `nasnet data cifar-10 --download` "
        "gets the binary one",
        source_);
  }

  /// MNIST and its kin, deeper than the folder that was named, in an archive, or by another name.
  std::string idx() {
    for (const auto& [kind, files] : tree_.others)
      if (kind.find("idx3-ubyte") != std::string::npos)
        return fmt::format(
            "{} holds IDX files ({}); name the folder that they lie in (unpacked), which takes "
            "train-images-idx3-ubyte, train-labels-idx1-ubyte and the same of t10k",
            source_, files.first);
    return "";
  }

  /// cat.0.jpg, dog_17.jpg: the class is what stands before the last number.
  std::string file_names() {
    std::map<std::string, int64_t> classes;
    std::set<std::string> folders;
    fs::path first;
    for (const ImageFile& image : tree_.images) {
      const Parts parts = split_path(image.path);
      if (split_above(image.path) == Split::kTest ||
          std::any_of(parts.begin(), parts.end() - 1, is_beside_pictures))
        continue;
      const std::string stem = stem_of(image);
      // The last digits, and what parts them from the word before.
      const size_t number = stem.find_last_not_of("0123456789") + 1;
      const size_t end = number > 0 ? stem.find_last_not_of("._-", number - 1) + 1 : 0;
      if (end == 0 || number == stem.size()) return "";
      ++classes[stem.substr(0, end)];
      folders.insert(fs::path(image.path).parent_path().string());
      if (first.empty()) first = image.path;
    }
    // Words that occur once are titles, not classes.
    const bool several = std::all_of(classes.begin(), classes.end(),
                                     [](const auto& some) { return some.second > 1; });
    if (classes.size() < 2 || folders.size() != 1 || !several) return "";
    const std::string folder = place(*folders.begin());
    return fmt::format(
        "{}: the images lie in one folder, and their names begin with {} words ({}: '{}'); if "
        "those are the classes, this makes class folders of them, to be named with --data {}: "
        "cd {} && for f in *{}; do d=$(printf %s \"$f\" | sed 's/[._-]*[0-9]*\\.[^.]*$//'); "
        "mkdir -p \"$d\"; mv \"$f\" \"$d\"; done",
        source_, classes.size(), first.string(), classes.begin()->first, folder, folder,
        first.extension().string());
  }

  /// As many lines of a number alone as there are pictures.
  std::string file_order() {
    for (const ImageFile& list : tree_.lists) {
      if (end_of(list) != ".txt") continue;
      const std::vector<TableRow> rows = read_table(text_of(list));
      const bool numbers = std::all_of(rows.begin(), rows.end(), [](const TableRow& row) {
        return row.fields.size() == 1 && is_coordinate(row.fields[0]);
      });
      if (!numbers || rows.size() != tree_.images.size()) continue;
      if (lower_case(stem_of(list)) == "ilsvrc2012_validation_ground_truth")
        return fmt::format(
            "{}: the numbers in {} count the classes in the order of the development kit's "
            "meta.mat, not by their synsets, and would give wrong labels; add a list of synsets "
            "instead (val_labels.txt: file name, synset; or Kaggle's LOC_val_solution.csv)",
            source_, list.path);
      const fs::path image = tree_.images[0].path;
      return fmt::format(
          "{}: {} has a number for each image, but names none; if they are in the order of the "
          "names, this makes a list of labels: ls {} | grep -i '{}$' | paste -d, - {} > {}",
          source_, list.path, place(image.parent_path().string()), image.extension().string(),
          place(list.path), place("labels.csv"));
    }
    return "";
  }

  std::string matlab() {
    const std::string file = other(".mat");
    if (file.empty()) return "";
    return fmt::format(
        "{}: the labels are in Matlab's files ({}), which are not read; write them into a list "
        "(labels.csv: file name, label; Python's scipy.io.loadmat reads them)",
        source_, file);
  }

  /// A table that names no picture which is there, or labels them in no known way.
  std::string lost_list() {
    std::vector<const ImageFile*> images;
    for (const ImageFile& image : tree_.images) images.push_back(&image);
    if (images.empty()) return "";
    const ImageLookup lookup(images);
    for (const ImageFile& list : tree_.lists) {
      if (end_of(list) != ".csv" && end_of(list) != ".tsv") continue;
      const std::vector<TableRow> rows = read_table(text_of(list));
      if (rows.size() < 2 || rows[1].fields.size() < 2) continue;
      if (find_columns(rows, list.path, lookup, Split::kNone))
        return fmt::format(
            "{}: {} names images, but no column of it gives each just one class; call that column "
            "'label', or put the images into class folders",
            source_, list.path);
      return fmt::format(
          "{}: no line of {} names an image that is there (the first names '{}', the first image "
          "is {}); mend the names, or put the images into class folders",
          source_, list.path, listed_name(rows[1].fields[0]), images[0]->path);
    }
    return "";
  }

  std::string spreadsheet() {
    for (const char* kind : {".xlsx", ".xls", ".ods", ".numbers"})
      if (const std::string file = other(kind); !file.empty())
        return fmt::format(
            "{} tells no classes, but {} may; spreadsheets are not read: save it as CSV (file "
            "name, label)",
            source_, file);
    return "";
  }

  std::string archives() {
    if (!tree_.images.empty()) return "";
    for (const char* kind : {".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".xz", ".zst"})
      if (const std::string file = other(kind); !file.empty())
        return fmt::format("{} holds no images, but archives ({}); unpack them, or name one",
                           source_, file);
    return "";
  }

  const ImageTree& tree_;
  const std::string& source_;
};

}  // namespace

std::string foreign_form(const ImageTree& tree, const std::string& source) {
  return FormFinder(tree, source).find();
}

}  // namespace nasnet::data
