#include "nasnet/base/member_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "nasnet/base/code_page.h"
#include "nasnet/base/names.h"

// All names of an archive become text together: one by itself would not tell its code page.

namespace nasnet {
namespace {

/// Linux' limit on a path (PATH_MAX); longer ones cannot be unpacked either.
constexpr size_t kLongestPath = 4096;

/// Names as stored become text.
class Naming {
 public:
  Naming(const std::vector<Member>& members, bool zip) {
    std::vector<std::string> foreign, unknown;
    // Zips of some Windows programs separate folders by "\", against the specification: where no
    // name has a "/" it is taken for a separator, and else for a part of the name.
    bool slash = false;
    for (const Member& member : members) {
      slash = slash || member.path.find('/') != std::string::npos;
      if (!is_ascii(member.path)) foreign.push_back(member.path);
      if (!is_utf8(member.path)) unknown.push_back(member.path);
    }
    backslash_separates_ = zip && !slash;
    if (!zip || unknown.empty()) return;
    // Where all names read as one script, some may be UTF-8 by chance.
    page_ = guess_code_page(foreign);
    converts_all_ = page_ != kDefaultCodePage;
    if (!converts_all_) page_ = guess_code_page(unknown);
  }

  std::string text_of(const std::string& stored) const {
    std::string text = stored;
    if (!page_.empty() && (converts_all_ || !is_utf8(stored))) {
      const std::string converted = from_code_page(stored, page_);
      // A name that is invalid in the code page stays as it is, and is printed by its bytes.
      if (!converted.empty()) text = converted;
    }
    if (backslash_separates_) std::replace(text.begin(), text.end(), '\\', '/');
    return text;
  }

 private:
  static bool is_ascii(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0; });
  }

  bool converts_all_ = false;
  std::string page_;  ///< "": names that are not UTF-8 stay as they are
  bool backslash_separates_ = false;
};

/// The path without empty parts, "." and "..": nothing leads out of the archive's root.
std::string tidy_path(const std::string& text) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('/', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    if (part == ".." && !parts.empty()) parts.pop_back();
    if (!part.empty() && part != "." && part != "..") parts.push_back(printable(part));
    begin = end + 1;
  }
  return fmt::format("{}", fmt::join(parts, "/"));
}

}  // namespace

/// Gives a member that has no name one by its number from 1.
void add_member(Member member, MemberList& list) {
  if (member.path.empty() || member.path.size() > kLongestPath) {
    list.faults[list.members.size()] =
        member.path.empty() ? "has a name that cannot be read" : "has too long a name";
    member.path = fmt::format("member {}", list.members.size() + 1);
  }
  list.members.push_back(std::move(member));
}

void make_text_of_names(bool zip, MemberList& list) {
  const Naming naming(list.members, zip);
  for (Member& member : list.members) {
    const std::string text = naming.text_of(member.path);
    // Zip knows folders by a name that ends in "/", which may be seen only once "\" is replaced.
    if (member.kind == MemberKind::kFile && text.ends_with('/')) member.kind = MemberKind::kFolder;
    member.path = tidy_path(text);
  }
  for (auto& [index, target] : list.targets) {
    target = naming.text_of(target);
    const bool hard = list.members[index].kind == MemberKind::kHardLink;
    target = hard ? tidy_path(target) : printable(target);
  }
  list.own = list.members.size();
}

}  // namespace nasnet
