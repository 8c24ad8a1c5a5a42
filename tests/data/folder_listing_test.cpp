#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nasnet/data/find_images.h"
#include "tests/data/listing.h"

namespace nasnet::data {
namespace {

namespace fs = std::filesystem;

class FolderListing : public WithFolder {
 protected:
  void link(const std::string& target, const std::string& name) const {
    fs::create_directories((folder_ / name).parent_path());
    fs::create_symlink(target, folder_ / name);
  }
  ImageTree list(const std::string& name = "set") const { return list_images(path(name)); }
};

/// Runs `check` in a process without root's right to read everything; true where it returned true.
template <class Check>
bool holds_for_a_user(const Check& check) {
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(3);
    bool held = false;
    try {
      held = check();
    } catch (const std::exception& error) {
      fprintf(stderr, "%s\n", error.what());
    }
    _exit(held ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_F(FolderListing, LinksToFoldersAndFilesAreFollowed) {
  write({{"store/dog/1.png", "d1"}, {"store/more/2.png", "d2"}, {"blobs/5f3a", "c"}});
  link("../store/dog", "set/dog");
  link("../../store/more", "set/cat/more");
  link("../../blobs/5f3a", "set/cat/1.png");
  const ImageTree tree = list();
  EXPECT_EQ(contents(tree),
            (Files{{"dog/1.png", "d1"}, {"cat/more/2.png", "d2"}, {"cat/1.png", "c"}}));
  EXPECT_TRUE(tree.others.empty());
  link("set", "link");
  EXPECT_EQ(contents(list("link")).size(), 3u) << "the data set behind a link";
  EXPECT_EQ(contents(list("set/")).size(), 3u) << "a slash at the end";
}

TEST_F(FolderListing, LinksInCirclesEndAndAreNamed) {
  write({{"set/a/1.png", "1"}, {"set/b/2.png", "2"}});
  link("..", "set/a/up");
  link("../b", "set/a/b");
  link("../a", "set/b/a");
  link("self", "set/b/self");
  const ImageTree tree = list();
  EXPECT_EQ(contents(tree),
            (Files{{"a/1.png", "1"}, {"a/b/2.png", "2"}, {"b/2.png", "2"}, {"b/a/1.png", "1"}}));
  EXPECT_EQ(tree.others.at("link in a circle").count, 4);
  EXPECT_EQ(faults(tree).at("b/self"), "b/self cannot be read (Too many levels of symbolic links)");
}

TEST_F(FolderListing, ManyFoldersThatLinkToEachOtherAreListedInGoodTime) {
  constexpr int kFolders = 16;
  for (int i = 0; i < kFolders; ++i) {
    write({{"set/" + std::to_string(i) + "/x.png", "x"}});
    for (int j = 0; j < kFolders; ++j)
      if (i != j)
        link("../" + std::to_string(j), "set/" + std::to_string(i) + "/to" + std::to_string(j));
  }
  EXPECT_GE(contents(list()).size(), 16u * 16u);
}

TEST_F(FolderListing, WithinAFolderEachThingIsTakenOnce) {
  write({{"set/cat/1.png", "1"}, {"store/2.png", "2"}});
  link("1.png", "set/cat/0-latest.png");
  link("../../store/2.png", "set/cat/a.png");
  link("../../store/2.png", "set/cat/b.png");
  link("cat", "set/all-cats");
  link("../store", "set/dog");
  link("../store", "set/hund");
  const ImageTree tree = list();
  EXPECT_EQ(contents(tree), (Files{{"cat/1.png", "1"}, {"cat/a.png", "2"}, {"dog/2.png", "2"}}));
  EXPECT_EQ(left_out(tree), (Files{{"second link", "4: cat/0-latest.png"}}));
}

TEST_F(FolderListing, LinksThatLeadNowhereAreNamed) {
  write({{"set/cat/1.png", "1"}});
  link("/nowhere/dog", "set/dog");
  link("gone.jpg", "set/cat/2.jpg");
  link("gone.md", "set/README.md");
  const ImageTree tree = list();
  EXPECT_EQ(faults(tree), (Files{{"dog", "dog is a link that leads nowhere"},
                                 {"cat/2.jpg", "cat/2.jpg is a link that leads nowhere"}}));
  EXPECT_EQ(left_out(tree), (Files{{".md", "1: README.md"}}));
}

TEST_F(FolderListing, PipesSocketsAndDevicesAreNamedAndNeverOpened) {
  write({{"set/cat/1.png", "1"}});
  ASSERT_EQ(mkfifo(path("set/cat/2.jpg").c_str(), 0644), 0);
  link("2.jpg", "set/cat/pipe.png");
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{AF_UNIX, {}};
  const fs::path before = fs::current_path();
  fs::current_path(folder_ / "set/cat");  // a socket's path must be short
  snprintf(address.sun_path, sizeof address.sun_path, "3.png");
  ASSERT_EQ(bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  fs::current_path(before);
  link("/dev/zero", "set/cat/4.png");
  EXPECT_EQ(contents(list()), (Files{{"cat/1.png", "1"}}));
  EXPECT_EQ(left_out(list()), (Files{{"named pipe", "1: cat/2.jpg"},
                                     {"second link", "1: cat/pipe.png"},
                                     {"socket", "1: cat/3.png"},
                                     {"device", "1: cat/4.png"}}));
  close(socket);
  EXPECT_NE(
      refusal([&] { load(path("set/cat/2.jpg")); }).find("neither a folder nor a regular file"),
      std::string::npos);
}

TEST_F(FolderListing, WhatSystemsLeaveBehindIsNoData) {
  write({{"set/cat/1.png", "1"}});
  for (const std::string litter :
       {"@eaDir/1.png/SYNOPHOTO_THUMB_M.jpg", ".ipynb_checkpoints/1-checkpoint.png", "._1.png",
        "Thumbs.db", "THUMBS.DB", "desktop.ini", "__MACOSX/cat/._1.png", ".DS_Store",
        "$RECYCLE.BIN/$R1.png", "System Volume Information/x.png", "lost+found/x.png", ".git/x.png",
        ".Trash-1000/files/x.png", "#recycle/x.png", ".thumbnails/x.png"})
    write({{"set/cat/" + litter, "litter"}, {"set/" + litter, "litter"}});
  EXPECT_EQ(contents(list()), (Files{{"cat/1.png", "1"}}));
  EXPECT_TRUE(list().others.empty());
  EXPECT_EQ(list().folders, (std::vector<std::string>{"cat"}));
  EXPECT_EQ(contents(find_images({path("set")})).size(), 1u) << "predict uses the same list";
}

TEST_F(FolderListing, OtherHiddenThingsAreCounted) {
  write({{"set/cat/1.png", "1"}, {"set/cat/.2.png", "2"}, {"set/.dog/3.png", "3"}});
  EXPECT_EQ(contents(list()), (Files{{"cat/1.png", "1"}}));
  EXPECT_EQ(left_out(list()), (Files{{"hidden", "2: .dog"}}));
}

TEST_F(FolderListing, NamesThatAreNoTextArePrinted) {
  write({{"set/\xC4pfel/1.png", "1"},
         {"set/\xC5pfel/1.png", "2"},
         {"set/Äpfel/\xFF.png", "3"},
         {"set/two\nlines/1.png", "4"}});
  EXPECT_EQ(contents(list()), (Files{{"\\xC4pfel/1.png", "1"},
                                     {"\\xC5pfel/1.png", "2"},
                                     {"Äpfel/\\xFF.png", "3"},
                                     {"two\\x0Alines/1.png", "4"}}));
}

TEST_F(FolderListing, DecomposedNamesBecomeComposedAndTwinsStayTwo) {
  const std::string decomposed = "A\xCC\x88pfel";
  write({{"set/train/" + decomposed + "/1.png", "1"},
         {"set/test/Äpfel/1.png", "2"},
         {"set/twins/" + decomposed + "/1.png", "3"},
         {"set/twins/Äpfel/1.png", "4"}});
  ImageTree tree = list();
  compose_folders(tree);
  EXPECT_EQ(contents(tree), (Files{{"train/Äpfel/1.png", "1"},
                                   {"test/Äpfel/1.png", "2"},
                                   {"twins/A\\xCC\\x88pfel/1.png", "3"},
                                   {"twins/Äpfel/1.png", "4"}}));
}

TEST_F(FolderListing, WhatCannotBeReadIsNamed) {
  write({{"set/cat/1.png", "1"}, {"set/dog/1.png", "2"}, {"set/cat/secret.png", "3"}});
  fs::permissions(folder_ / "set/dog", fs::perms::none);
  fs::permissions(folder_ / "set/cat/secret.png", fs::perms::none);
  fs::permissions(folder_, fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
  EXPECT_TRUE(holds_for_a_user([&] {
    const ImageTree tree = list();
    const std::string why = "cannot read " + path("set/cat/secret.png") + ": Permission denied";
    return contents(tree) == Files{{"cat/1.png", "1"}, {"cat/secret.png", "! " + why}} &&
           faults(tree) == Files{{"dog", "dog cannot be read (Permission denied)"}};
  }));
  EXPECT_TRUE(holds_for_a_user([&] {
    try {
      list("set/dog");
    } catch (const SystemError& error) {
      return error.what() == path("set/dog") + " cannot be read (Permission denied)";
    }
    return false;
  })) << "the data set itself";
  EXPECT_TRUE(holds_for_a_user([&] {
    return refusal([&] { load(path("set")); }).find("dog cannot be read (Permission denied)") !=
           std::string::npos;
  })) << "an error, unless such files are skipped";
  fs::permissions(folder_ / "set/dog", fs::perms::owner_all);
}

TEST_F(FolderListing, ListsAreCollectedWhereverTheyLie) {
  write({{"set/cat/1.png", "1"},
         {"set/classes.txt", "cat\n"},
         {"set/cat/labels.CSV", "a,b"},
         {"set/data/train.parquet", "PAR1"},
         {"set/notes.pdf", "x"}});
  const ImageTree tree = list();
  Files lists;
  for (const ImageFile& file : tree.lists)
    lists[file.path] = file.path.ends_with("parquet") ? "" : file.read();
  EXPECT_EQ(
      lists,
      (Files{{"classes.txt", "cat\n"}, {"cat/labels.CSV", "a,b"}, {"data/train.parquet", ""}}));
  EXPECT_EQ(left_out(tree), (Files{{".pdf", "1: notes.pdf"}}));
}

TEST_F(FolderListing, PathsOfPicturesKeepTheirOrder) {
  write({{"z.png", "z"}, {"no-end", "n"}, {"f/b.png", "b"}, {"f/a.png", "a"}, {"f/c/0.png", "0"}});
  const std::string zip = pack({{"q/1.png", "q"}}, "zip");
  const ImageTree tree =
      find_images({path("z.png"), zip, path("f/"), path("no-end"), path("gone")});
  std::vector<std::string> paths;
  for (const ImageFile& image : tree.images) paths.push_back(image.path);
  EXPECT_EQ(paths, (std::vector<std::string>{path("z.png"), zip + "/q/1.png", path("f/a.png"),
                                             path("f/b.png"), path("f/c/0.png"), path("no-end")}));
  EXPECT_EQ(faults(tree), (Files{{path("gone"), path("gone") + ": no such file or folder"}}));
}

}  // namespace
}  // namespace nasnet::data
