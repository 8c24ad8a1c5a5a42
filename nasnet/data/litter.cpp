#include "nasnet/data/litter.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

namespace nasnet::data {

bool is_litter(std::string_view name) {
  static const std::set<std::string, std::less<>> kNames = {
      // macOS
      "__macosx", ".ds_store", ".appledb", ".appledesktop", ".appledouble", ".apdisk",
      ".documentrevisions-v100", ".fseventsd", ".localized", ".spotlight-v100", ".temporaryitems",
      ".trashes", ".volumeicon.icns", "icon\\x0d", "network trash folder", "temporary items",
      // Windows
      "$recycle.bin", "desktop.ini", "ehthumbs.db", "ehthumbs_vista.db",
      "system volume information", "thumbs.db",
      // Linux and its desktops
      "lost+found", ".directory", ".nomedia", ".thumbnails", ".xvpics",
      // boxes on the network: Synology, QNAP
      "@eadir", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", "@tmp", ".@__thumb",
      // programs
      ".cache", ".dvc", ".git", ".gitattributes", ".gitignore", ".gitkeep", ".hg", ".idea",
      ".ipynb_checkpoints", ".keep", ".picasa.ini", ".picasaoriginals", "picasa.ini", ".stfolder",
      ".stversions", ".svn", ".vscode", "__pycache__"};
  static constexpr std::string_view kBeginnings[] = {
      "._", ".trash-", ".nfs", ".fuse_hidden", ".~lock", ".dropbox", ".syncthing"};
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return kNames.contains(lower) ||
         std::any_of(std::begin(kBeginnings), std::end(kBeginnings),
                     [&](std::string_view beginning) { return lower.starts_with(beginning); });
}

bool is_hidden(std::string_view name) {
  return name.starts_with('.');
}

}  // namespace nasnet::data
