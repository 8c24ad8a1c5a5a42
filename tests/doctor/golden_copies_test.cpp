#include <gtest/gtest.h>

#include <map>

#include "nasnet/doctor/near_pairs.h"
#include "tests/data/with_pillow.h"

namespace nasnet::doctor {
namespace {

constexpr int kCopies = 40;

/// Scenes, and copies of half of them by Pillow: how many are found is stated exactly.
class GoldenCopies : public data::WithPillow {
 protected:
  /// Copies that are found, by the right scene; whatever else is found fails the test.
  int found(const std::string& change, bool mirrored = false) {
    data::Survey survey;
    std::vector<data::ImageTree> trees;
    trees.push_back(data::list_images(path("train")));
    trees.push_back(data::list_images(path(change)));
    for (const data::ImageTree& tree : trees)
      for (const data::ImageFile& file : tree.images) survey.images.push_back({&file});
    ThreadPool pool(2);
    const NearPairs near = find_near_pairs(look_at(survey, pool), mirrored, pool);
    int right = 0;
    for (const NearPair& pair : near.pairs) {
      const std::string a = std::filesystem::path(survey.images[pair.a].file->path).stem();
      const std::string b = std::filesystem::path(survey.images[pair.b].file->path).stem();
      EXPECT_EQ(a, b) << change;
      right += a == b;
    }
    return right;
  }
};

TEST_F(GoldenCopies, AreFoundAsOftenAsIsSaid) {
  const std::string script = std::string(NASNET_SOURCE_DIR) + "/tests/doctor/make_copies.py ";
  ASSERT_EQ(std::system((python_ + " " + script + folder_.string()).c_str()), 0);
  std::map<std::string, int> recall;
  for (const char* change : {"half", "sixth", "jpeg30", "lighter", "darker", "contrast", "blurred",
                             "crop2", "crop4", "mirrored"})
    recall[change] = found(change);
  EXPECT_EQ(recall, (std::map<std::string, int>{{"half", kCopies},
                                                {"sixth", kCopies},
                                                {"jpeg30", kCopies},
                                                {"lighter", 38},
                                                {"darker", kCopies},
                                                {"contrast", kCopies},
                                                {"blurred", kCopies},
                                                {"crop2", 23},
                                                {"crop4", 2},
                                                {"mirrored", 0}}));
  EXPECT_EQ(found("mirrored", true), kCopies);
}

}  // namespace
}  // namespace nasnet::doctor
