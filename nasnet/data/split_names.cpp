#include "nasnet/data/split_names.h"

#include <algorithm>
#include <map>
#include <vector>

// Names of splits: a name is cut into words, and is a split's where one word is and the others say
// nothing. A word with a meaning of its own (train_station) makes it a class, unless splits beside
// it share that word.

namespace nasnet::data {
namespace {

const std::map<std::string, Split>& split_words() {
  static const std::map<std::string, Split> kWords = {
      {"train", Split::kTrain},      {"training", Split::kTrain},
      {"trainval", Split::kTrain},   {"test", Split::kTest},
      {"testing", Split::kTest},     {"eval", Split::kTest},
      {"evaluation", Split::kTest},  {"holdout", Split::kTest},
      {"heldout", Split::kTest},     {"val", Split::kValidation},
      {"valid", Split::kValidation}, {"validation", Split::kValidation},
      {"dev", Split::kValidation},   {"trn", Split::kTrain},
      {"tst", Split::kTest}};
  return kWords;
}

/// Words that say nothing beside that of a split.
const std::set<std::string>& plain_words() {
  static const std::set<std::string> kWords = {
      "set",   "sets",    "data",     "dataset",   "image",      "images", "img",    "imgs", "pic",
      "pics",  "photo",   "photos",   "picture",   "pictures",   "split",  "folder", "dir",  "file",
      "files", "sample",  "samples",  "jpg",       "jpeg",       "png",    "raw",    "full", "all",
      "small", "labeled", "labelled", "unlabeled", "unlabelled", "public", "private"};
  return kWords;
}

bool is_number(const std::string& word) {
  return !word.empty() && std::all_of(word.begin(), word.end(),
                                      [](unsigned char c) { return c >= '0' && c <= '9'; });
}

/// In lower case, letters and digits apart: "Train-Set_2" and "TrainSet2" give train, set, 2.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(lower_case(word));
    word.clear();
  };
  for (const char c : name) {
    const bool digit = c >= '0' && c <= '9';
    const bool upper = c >= 'A' && c <= 'Z';
    if (!digit && !upper && !(c >= 'a' && c <= 'z') && static_cast<unsigned char>(c) < 128) {
      end_word();
      continue;
    }
    // "TrainSet": a capital behind a small letter begins a word.
    const bool hump = upper && !word.empty() && word.back() >= 'a' && word.back() <= 'z';
    if (!word.empty() && (hump || digit != is_number(word))) end_word();
    word += c;
  }
  end_word();
  return words;
}

/// "trainset", "testdata": the split's word with a plain one grown onto it.
Split split_of_word(const std::string& word) {
  const auto found = split_words().find(word);
  if (found != split_words().end()) return found->second;
  for (const auto& [name, split] : split_words())
    if (word.starts_with(name) && plain_words().contains(word.substr(name.size()))) return split;
  return Split::kNone;
}

/// The split, and the words that are neither its own nor plain.
struct Parsed {
  Split split = Split::kNone;
  std::vector<std::string> rest;
};

/// No split where two words name different ones.
Parsed parse(std::string_view name) {
  Parsed parsed;
  const std::vector<std::string> words = words_of(name);
  for (size_t i = 0; i < words.size(); ++i) {
    const bool pair =
        i + 1 < words.size() && words[i + 1] == "out" && (words[i] == "hold" || words[i] == "held");
    const Split split = pair ? Split::kTest : split_of_word(words[i]);
    if (pair) ++i;
    if (split == Split::kNone) {
      if (!plain_words().contains(words[i]) && !is_number(words[i]))
        parsed.rest.push_back(words[i]);
    } else if (parsed.split == Split::kNone) {
      parsed.split = split;
    } else if (parsed.split == Split::kTrain && split == Split::kValidation) {
      continue;  // train_val: both, to be trained on
    } else if (parsed.split != split) {
      return {};
    }
  }
  return parsed;
}

}  // namespace

bool names_unlabelled(std::string_view name) {
  const std::vector<std::string> words = words_of(name);
  return std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word == "unlabeled" || word == "unlabelled";
  });
}

bool only_counts(std::string_view name) {
  static const std::set<std::string> kParts = {"fold", "folds", "batch", "chunk", "cv",    "group",
                                               "k",    "part",  "set",   "shard", "subset"};
  std::vector<std::string> words = words_of(name);
  const bool counts = std::any_of(words.begin(), words.end(), is_number);
  return counts && std::all_of(words.begin(), words.end(), [](const std::string& word) {
           return is_number(word) || kParts.contains(word);
         });
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

Split split_named(std::string_view name) {
  const Parsed parsed = parse(name);
  return parsed.rest.empty() ? parsed.split : Split::kNone;
}

Split split_among(const std::string& name, const std::set<std::string>& siblings) {
  const Parsed own = parse(name);
  if (own.split == Split::kNone || own.rest.empty()) return own.split;
  const bool shared = std::any_of(siblings.begin(), siblings.end(), [&](const std::string& other) {
    const Parsed parsed = parse(other);
    return parsed.rest == own.rest && parsed.split != Split::kNone && parsed.split != own.split;
  });
  return shared ? own.split : Split::kNone;
}

}  // namespace nasnet::data
