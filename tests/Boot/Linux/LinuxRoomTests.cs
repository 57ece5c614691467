namespace Tierce.Boot.Tests;

/// <summary>Monitor and ROM can be built without the rooms that recognise and replace functions of Linux. A stock kernel then enters by trap.</summary>
public sealed class LinuxRoomTests
{
    [SoakFact]
    public void DebianBootsWithoutTheRoomForLinux()
    {
        string folder = Path.Combine(Launcher.Root, "artifacts", "without-linux");
        foreach (string project in new[] { "Monitor", "Rom" })
        {
            string file = Path.Combine(Launcher.Root, "src", project, project + ".csproj");
            string[] options = ["-p:LinuxRoom=false", $"-p:ArtifactsPath={folder}", $"-p:ImagesPath={folder}/images/", "-p:RunAnalyzers=false"];
            Launcher.Call(folder, [], null, "dotnet", ["build", file, "-c", "Release", "-nologo", "-v", "quiet", "-nodeReuse:false", .. options]).Expect(0);
        }

        string[] images = ["--images", Path.Combine(folder, "images")];
        Outcome outcome = Launcher.Run("linux-room-none", [], [.. images, "--exec", "uname -s"]).Expect(0);
        Assert.Equal("Linux\n", outcome.Text);
        Assert.Contains("enters the ROM by trap", outcome.Error, StringComparison.Ordinal);

        Outcome refused = Launcher.Run("linux-room-asked-for", [], [.. images, "--entry", "patch", "--exec", "true"]).Expect(125);
        Assert.Contains("this build has no room for Linux", refused.Error, StringComparison.Ordinal);
    }
}
