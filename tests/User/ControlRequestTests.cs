using System.Text;
using Tierce.Root;

namespace Tierce.User;

/// <summary>Requests of the control line as text.</summary>
public sealed class ControlRequestTests
{
    [Fact]
    public void Words_are_understood()
    {
        byte[] line = Encoding.ASCII.GetBytes("a1  limit web xvdc  bytes=10M ops=0x64 ");
        Assert.Equal(ControlProblem.None, ControlRequest.Parse(line, out ControlRequest request));
        Assert.Equal("a1", Encoding.ASCII.GetString(request.Tag.In(line)));
        Assert.Equal("web", Encoding.ASCII.GetString(request.Guest.In(line)));
        Assert.Equal((ControlVerb.Limit, 2, true, 100UL, true, 10UL << 20), (request.Verb, request.Disk, request.HasOperations, request.Operations, request.HasBytes, request.Bytes));
        Assert.Equal(ControlProblem.None, ControlRequest.Parse("t limit web xvda ops=0"u8, out request));
        Assert.Equal((true, 0UL, false), (request.HasOperations, request.Operations, request.HasBytes));
        foreach ((string verb, ControlVerb expected) in (ReadOnlySpan<(string, ControlVerb)>)[("plug", ControlVerb.Plug), ("unplug", ControlVerb.Unplug), ("restart-driver", ControlVerb.RestartDriver), ("restart-back-end", ControlVerb.RestartBackEnd)])
        {
            Assert.Equal(ControlProblem.None, ControlRequest.Parse(Encoding.ASCII.GetBytes($"t {verb} g xvda"), out request));
            Assert.Equal((expected, 0), (request.Verb, request.Disk));
        }

        Assert.Equal(ControlProblem.None, ControlRequest.Parse(" t list"u8, out request));
        Assert.Equal(ControlVerb.List, request.Verb);
    }

    [Theory]
    [InlineData("", ControlProblem.NoTag)]
    [InlineData("   ", ControlProblem.NoTag)]
    [InlineData("a-b list", ControlProblem.NoTag)]
    [InlineData("12345678901234567 list", ControlProblem.NoTag)]
    [InlineData("t", ControlProblem.UnknownVerb)]
    [InlineData("t lists", ControlProblem.UnknownVerb)]
    [InlineData("t list web", ControlProblem.BadWords)]
    [InlineData("t plug", ControlProblem.BadWords)]
    [InlineData("t plug web", ControlProblem.BadWords)]
    [InlineData("t plug web xvda now", ControlProblem.BadWords)]
    [InlineData("t restart-driver web xvda ops=1", ControlProblem.BadWords)]
    [InlineData("t plug web sda", ControlProblem.UnknownDisk)]
    [InlineData("t plug web xvd", ControlProblem.UnknownDisk)]
    [InlineData("t plug web xvd1", ControlProblem.UnknownDisk)]
    [InlineData("t plug web xvdaa", ControlProblem.UnknownDisk)]
    [InlineData("t limit web xvda", ControlProblem.BadWords)]
    [InlineData("t limit web xvda 100", ControlProblem.BadWords)]
    [InlineData("t limit web xvda rate=1", ControlProblem.BadWords)]
    [InlineData("t limit web xvda ops=", ControlProblem.BadNumber)]
    [InlineData("t limit web xvda ops=-1", ControlProblem.BadNumber)]
    [InlineData("t limit web xvda ops=1 bytes=1099511627777", ControlProblem.BadNumber)]
    [InlineData("t limit web xvda ops=99999999999999999999", ControlProblem.BadNumber)]
    public void What_is_none_is_refused(string line, ControlProblem problem) =>
        Assert.Equal(problem, ControlRequest.Parse(Encoding.ASCII.GetBytes(line), out _));

    [Fact]
    public void A_long_line_is_refused_and_keeps_its_tag()
    {
        byte[] line = Encoding.ASCII.GetBytes("tag list" + new string(' ', ControlRequest.MostBytes));
        Assert.Equal(ControlProblem.TooLong, ControlRequest.Parse(line, out ControlRequest request));
        Assert.Equal("tag", Encoding.ASCII.GetString(request.Tag.In(line)));
    }
}
