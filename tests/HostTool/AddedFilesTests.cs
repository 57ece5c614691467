using Tierce.Tool;
using Tierce.Tool.Guest;

namespace Tierce.HostTool.Tests;

/// <summary>What --file makes of its text: paths with colons work on both sides.</summary>
public sealed class AddedFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tierce-files-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("plain", "", "/tierce/plain")]
    [InlineData("plain", ":/opt/x", "/opt/x")]
    [InlineData("with:colon", "", "/tierce/with:colon")]
    [InlineData("with:colon", ":/opt/x", "/opt/x")]
    [InlineData("plain", ":/opt/x:y", "/opt/x:y")]
    [InlineData("zwölf leere", ":/opt/zwölf", "/opt/zwölf")]
    public void PathsMayHoldColons(string name, string rest, string guest)
    {
        string host = Path.Combine(_folder, name);
        File.WriteAllText(host, "text");
        (string path, byte[] contents) = Assert.Single(AddedFiles.Read([host + rest]));
        Assert.Equal(guest, path);
        Assert.Equal("text"u8.ToArray(), contents);
    }

    [Theory]
    [InlineData(":opt/x")]
    [InlineData(":/opt/")]
    [InlineData(":/opt/../x")]
    [InlineData(":/opt//x")]
    [InlineData(":/")]
    [InlineData(":/tierce")]
    public void PathsThatAreNoFileInTheGuestAreRefused(string rest)
    {
        string host = Path.Combine(_folder, "plain");
        File.WriteAllText(host, "text");
        Assert.Throws<ToolException>(() => AddedFiles.Read([host + rest]));
    }

    [Fact]
    public void NamesThatLinuxDoesNotTakeAreRefused()
    {
        string host = Path.Combine(_folder, "plain");
        File.WriteAllText(host, "text");
        Assert.Single(AddedFiles.Read([$"{host}:/{new string('x', 255)}"]));
        Assert.Throws<ToolException>(() => AddedFiles.Read([$"{host}:/{new string('x', 256)}"]));
    }
}
