/**
 * What PowerShell does for us on Windows, which tells programs of its own kind alone: it answers questions that come over
 * a pipe, a line of JSON each, one after the other, and ends when the pipe does.
 *
 * Processes are counted by what costs least, and looked into only when they are new; session 0 has no people. A process
 * that is held open gives its number to no other, and can be asked how it ended.
 */
export const WINDOWS_SCRIPT = `
$ErrorActionPreference = 'Stop'
$pipe = New-Object IO.Pipes.NamedPipeClientStream '.', $env:SEATMETER_PIPE, 'InOut'
$pipe.Connect(10000)
$utf8 = New-Object Text.UTF8Encoding $false
$in = New-Object IO.StreamReader $pipe, $utf8
$out = New-Object IO.StreamWriter $pipe, $utf8
$out.AutoFlush = $true
$known = @{}
$sessions = @{}

function Test-Ended($process) { try { $process.HasExited } catch { $false } }

function Get-Native {
  if (-not ('Seatmeter.Native' -as [type])) {
    Add-Type -Namespace Seatmeter -Name Native -MemberDefinition @'
[StructLayout(LayoutKind.Sequential)] public struct LastInput { public uint Size; public uint Ticks; }
[DllImport("user32.dll")] public static extern bool GetLastInputInfo(ref LastInput input);
[DllImport("wtsapi32.dll", CharSet = CharSet.Unicode, SetLastError = true)] public static extern bool WTSSendMessageW(
  IntPtr server, int session, string title, int titleBytes, string text, int textBytes, int style, int seconds,
  out int answer, bool wait);
'@
  }
  'Seatmeter.Native' -as [type]
}

function Get-Changes {
  $now = @{}
  $new = @{}
  foreach ($process in [Diagnostics.Process]::GetProcesses()) {
    $id = $process.Id
    if ($process.SessionId -eq 0) { $process.Dispose(); continue }
    if ($known.ContainsKey($id) -and -not (Test-Ended $known[$id])) { $now[$id] = $known[$id]; $process.Dispose(); continue }
    try { $null = $process.Handle } catch { }
    $now[$id] = $process
    $new[$id] = $process
  }
  $gone = @(foreach ($id in @($known.Keys)) {
    if ($now[$id] -ne $known[$id]) {
      $exit = $null
      try { $exit = $known[$id].ExitCode } catch { }
      $known[$id].Dispose()
      @{ 'pid' = $id; 'exit' = $exit }
    }
  })
  $script:known = $now
  $started = @()
  if ($new.Count -gt 0) {
    $ask = @{ ClassName = 'Win32_Process' }
    if ($new.Count -le 20) { $ask.Filter = @($new.Keys | ForEach-Object { "ProcessId=$_" }) -join ' OR ' }
    $started = @(foreach ($one in Get-CimInstance @ask) {
      $id = [int]$one.ProcessId
      if (-not $new.ContainsKey($id)) { continue }
      $user = $null
      try { $user = (Invoke-CimMethod -InputObject $one -MethodName GetOwner).User } catch { }
      $version = $null
      try { $version = [Diagnostics.FileVersionInfo]::GetVersionInfo($one.ExecutablePath).ProductVersion } catch { }
      if ($user) { $sessions[$user] = $new[$id].SessionId }
      @{
        pid = $id; parent = [int]$one.ParentProcessId; name = $one.Name; path = $one.ExecutablePath; user = $user
        startedAtMs = ([DateTimeOffset]$one.CreationDate).ToUnixTimeMilliseconds(); version = $version
      }
    })
  }
  @{ started = $started; gone = $gone }
}

function Get-Idle {
  $native = Get-Native
  $input_ = New-Object 'Seatmeter.Native+LastInput'
  $input_.Size = 8
  if (-not $native::GetLastInputInfo([ref]$input_)) { return @{} }
  @{ idleMs = ([long][Environment]::TickCount - [long]$input_.Ticks) -band 0xffffffffL }
}

function Send-Message($ask) {
  $native = Get-Native
  $session = $sessions[$ask.user]
  if ($ask.pid -and $known.ContainsKey([int]$ask.pid)) { $session = $known[[int]$ask.pid].SessionId }
  if ($null -eq $session) { return @{ shown = $false } }
  $warning = 0x30
  $answer = 0
  @{ shown = $native::WTSSendMessageW([IntPtr]::Zero, $session, $ask.title, 2 * $ask.title.Length, $ask.text,
    2 * $ask.text.Length, $warning, 0, [ref]$answer, $false) }
}

while ($null -ne ($line = $in.ReadLine())) {
  try {
    $ask = ConvertFrom-Json $line
    $answer = switch ($ask.ask) { 'processes' { Get-Changes } 'idle' { Get-Idle } 'tell' { Send-Message $ask } }
  } catch { $answer = @{ failed = "$_" } }
  $out.WriteLine((ConvertTo-Json $answer -Compress -Depth 4))
}
`;
