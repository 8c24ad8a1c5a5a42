#include "nasnet/train/class_match.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "nasnet/data/list_text.h"

namespace nasnet::train {
namespace {

/// In lower case, its words apart by one blank.
std::string plain_form(const std::string& name) {
  std::string plain;
  for (const char c : data::common_form(name)) {
    const bool separates = c == '_' || c == '-' || c == ' ';
    if (!separates) plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (separates && !plain.empty() && plain.back() != ' ') plain += ' ';
  }
  if (plain.ends_with(' ')) plain.pop_back();
  return plain;
}

/// "n02099601" of "n02099601 golden retriever", or "": a noun's offset in WordNet, 8 digits.
std::string synset_of(const std::string& name) {
  constexpr size_t kLength = 9;
  const auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  if (name.size() < kLength || name[0] != 'n' ||
      !std::all_of(name.begin() + 1, name.begin() + kLength, is_digit) ||
      (name.size() > kLength && is_digit(static_cast<unsigned char>(name[kLength]))))
    return "";
  return name.substr(0, kLength);
}

/// The known classes by a form of their names.
template <class Form>
class Index {
 public:
  Index(const std::vector<std::string>& known, Form form) : form_(form) {
    for (size_t i = 0; i < known.size(); ++i) {
      const std::string key = form(known[i]);
      if (key.empty()) continue;
      const auto [place, is_new] = numbers_.emplace(key, static_cast<int>(i));
      if (!is_new) place->second = -1;
    }
  }
  int find(const std::string& name) const {
    const auto found = numbers_.find(form_(name));
    return found == numbers_.end() ? -1 : found->second;
  }

 private:
  Form form_;
  std::map<std::string, int> numbers_;
};

}  // namespace

std::vector<int> match_classes(const std::vector<std::string>& classes,
                               const std::vector<std::string>& known) {
  const Index exact(known, [](const std::string& name) { return name; });
  const Index plain(known, plain_form);
  const Index synsets(known, synset_of);
  std::vector<int> matches;
  for (const std::string& name : classes) {
    int match = exact.find(name);
    if (match < 0) match = plain.find(name);
    if (match < 0) match = synsets.find(name);
    matches.push_back(match);
  }
  return matches;
}

}  // namespace nasnet::train
