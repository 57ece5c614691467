namespace Tierce.Monitor;

/// <summary>
/// How long a monitor continues to wait for the driver to take the last output of a guest that has ended. A slow device is no reason to
/// stop: each byte that leaves begins the wait again. Only a new minimum of remaining bytes counts as progress, so a driver whose index
/// moves to and fro ends the wait too.
/// </summary>
public struct DrainPatience
{
    /// <summary>Consecutive waits without progress that end it.</summary>
    public const int Waits = 20;

    private int _waits;
    private uint _least;
    private bool _begun;

    /// <summary>Whether to wait once more.</summary>
    /// <param name="left">Bytes that the driver has not taken yet.</param>
    /// <param name="answered">The driver has signalled since the last call.</param>
    public bool GoesOn(uint left, bool answered)
    {
        bool progress = answered || !_begun || left < _least;
        _least = !_begun || left < _least ? left : _least;
        _begun = true;
        _waits = progress ? 0 : _waits + 1;
        return _waits < Waits;
    }
}
