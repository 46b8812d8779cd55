import { render } from 'preact'
import 'uplot/dist/uPlot.min.css'
import './styles/base.css'
import './styles/layout.css'
import './styles/parts.css'
import './styles/overview.css'
import './styles/lists.css'
import './styles/traces.css'
import './styles/forms.css'
import { App } from './App.tsx'
import { compareHeaders } from './chain/compareHeaders.ts'
import { followChain } from './chain/follow.ts'
import { watchNodeStatus } from './chain/nodeStatus.ts'
import { verifyChain } from './chain/verification.ts'
import { lookForWallets } from './wallet/index.ts'

followChain()
verifyChain()
compareHeaders()
watchNodeStatus()
lookForWallets()
render(<App />, document.getElementById('app')!)
